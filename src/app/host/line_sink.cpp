// SPDX-License-Identifier: MIT
// See line_sink.h.
#include "app/host/line_sink.h"

#include <sys/ioctl.h>
#include <sys/stat.h>

#include <cerrno>

namespace tsa {

namespace {

constexpr std::string_view kPlace = "write to the status bar";

/// A tooltip of the usual size; longer ones make it grow once.
constexpr std::size_t kUsualLineBytes = 16'384;

}  // namespace

Result<LineSink> LineSink::open(int fd) {
    struct stat about {};
    if (fstat(fd, &about) != 0) {
        return system_error("standard output", errno);
    }
    LineSink sink(fd);
    sink.rest_.reserve(kUsualLineBytes);
    return sink;
}

bool LineSink::holds_unread() const {
    int unread = 0;
    return outlet_.is_pipe() && ioctl(fd(), FIONREAD, &unread) == 0 && unread > 0;
}

Result<std::size_t> LineSink::put(std::string_view bytes, bool& gone) {
    std::size_t taken = 0;
    while (taken < bytes.size()) {
        const ssize_t written = outlet_.put(bytes.substr(taken));
        if (written >= 0) {
            taken += static_cast<std::size_t>(written);
        } else if (errno == EPIPE || errno == ECONNRESET) {
            gone = true;
            return taken;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return taken;
        } else if (errno != EINTR) {
            return system_error(kPlace, errno);
        }
    }
    return taken;
}

Result<LineSink::Offered> LineSink::resume() {
    bool gone = false;
    const auto taken = put(rest_, gone);
    if (!taken.ok()) {
        return taken.error();
    }
    rest_.erase(0, taken.value());
    return gone ? Offered::reader_gone : Offered::taken;
}

Result<LineSink::Offered> LineSink::offer(std::string_view line, bool urgent) {
    if (partial()) {
        auto resumed = resume();
        if (!resumed.ok() || resumed.value() == Offered::reader_gone) {
            return resumed;
        }
    }
    if (partial() || (!urgent && holds_unread())) {
        ++dropped_;
        return Offered::dropped;
    }
    bool gone = false;
    const auto taken = put(line, gone);
    if (!taken.ok()) {
        return taken.error();
    }
    if (gone) {
        return Offered::reader_gone;
    }
    if (taken.value() == 0) {
        ++dropped_;
        return Offered::dropped;
    }
    rest_.assign(line.substr(taken.value()));
    return Offered::taken;
}

}  // namespace tsa
