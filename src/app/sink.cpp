// See sink.h.
#include "app/sink.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <cerrno>

namespace tsa {

Result<Sink> Sink::create(const std::string& path) {
    constexpr mode_t kMode = 0666;
    Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
    if (!file.valid()) {
        return system_error("make " + path, errno);
    }
    Sink sink(file.get(), path);
    sink.owned_ = std::move(file);
    return sink;
}

Result<void> Sink::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
            continue;
        }
        if (errno == EAGAIN) {
            // Someone shares this descriptor and made it non-blocking.
            pollfd wait{fd_, POLLOUT, 0};
            poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return system_error("write " + name_, errno);
        }
    }
    return {};
}

std::size_t Sink::terminal_width() const {
    winsize size{};
    return isatty(fd_) != 0 && ioctl(fd_, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace tsa
