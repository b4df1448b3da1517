// SPDX-License-Identifier: MIT
// See sink.h.
#include "app/host/sink.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace tsa {

Result<Sink> Sink::create(const std::string& path) {
    constexpr mode_t kMode = 0666;
    Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
    if (!file.valid()) {
        return system_error("make " + path, errno);
    }
    return over(std::move(file), path);
}

Sink Sink::over(Fd file, const std::string& name) {
    Sink sink(file.get(), name);
    sink.owned_ = std::move(file);
    return sink;
}

std::size_t Sink::terminal_width() const {
    winsize size{};
    return isatty(fd_) != 0 && ioctl(fd_, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool reader_left(const Error& error) {
    return error.error_number == EPIPE;
}

}  // namespace tsa
