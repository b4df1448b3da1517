// SPDX-License-Identifier: MIT
// See terminal_output.h.
#include "tui/terminal/terminal_output.h"

#include <poll.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

namespace tsa {

Result<std::unique_ptr<TerminalOutput>> TerminalOutput::open(int terminal_fd) {
    std::unique_ptr<TerminalOutput> output(new TerminalOutput(terminal_fd));
    Fd memory(::memfd_create("drawn", MFD_CLOEXEC));
    if (!memory.valid()) {
        return system_error("memfd_create", errno);
    }
    output->stream_.reset(::fdopen(memory.get(), "w"));
    if (output->stream_ == nullptr) {
        return system_error("fdopen", errno);
    }
    static_cast<void>(memory.release());  // the stream's
    return output;
}

std::string TerminalOutput::take_drawn() {
    const int fd = ::fileno(stream_.get());
    const off_t size = ::lseek(fd, 0, SEEK_CUR);
    std::string drawn(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
    const ssize_t got = drawn.empty() ? 0 : ::pread(fd, drawn.data(), drawn.size(), 0);
    drawn.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (!drawn.empty()) {
        ::lseek(fd, 0, SEEK_SET);
    }
    return drawn;
}

void TerminalOutput::put(std::string_view sequence) {
    pending_ += take_drawn();
    pending_ += sequence;
    flush();
}

void TerminalOutput::flush() {
    pending_ += take_drawn();
    while (!pending_.empty()) {
        const ssize_t written = terminal_.put(pending_);
        if (written > 0) {
            pending_.erase(0, static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR) {
            pending_.clear();  // the terminal is gone: its descriptor of input reports that
        }
    }
}

bool TerminalOutput::flush_within(int ms) {
    flush();
    while (pending()) {
        pollfd room{fd(), POLLOUT, 0};
        if (::poll(&room, 1, ms) == 0) {
            return false;
        }
        flush();
    }
    return true;
}

void TerminalOutput::replace(const std::string& bytes) {
    constexpr char kCancel = 0x18;  // ends a sequence that was cut
    if (::tcgetpgrp(fd()) == ::getpgrp()) {
        ::tcflush(fd(), TCOFLUSH);
        // Only output that is off by request can be switched on: this ends Ctrl-S too.
        ::tcflow(fd(), TCOOFF);
        ::tcflow(fd(), TCOON);
    }
    static_cast<void>(take_drawn());
    pending_ = kCancel + bytes;
    flush();
    pending_.clear();
}

}  // namespace tsa
