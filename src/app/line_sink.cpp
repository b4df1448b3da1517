// See line_sink.h. O_NONBLOCK belongs to an opening that every process shares which inherited the descriptor: the bar,
// a shell, whatever runs after us. Hence the second opening.
#include "app/line_sink.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

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
    sink.pipe_ = S_ISFIFO(about.st_mode);
    sink.socket_ = S_ISSOCK(about.st_mode);
    const bool terminal = S_ISCHR(about.st_mode) && isatty(fd) != 0;
    if (!sink.pipe_ && !terminal) {
        return sink;  // a file never makes anyone wait; a socket is asked not to at each write
    }
    std::array<char, 32> path{};
    std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", fd);
    sink.opened_ = Fd(::open(path.data(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    const int flags = fcntl(fd, F_GETFL);
    if (!sink.opened_.valid() && flags >= 0 && (flags & O_NONBLOCK) == 0) {
        sink.restore_flag_ = fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
    }
    return sink;
}

LineSink::LineSink(LineSink&& other) noexcept
    : fd_(other.fd_),
      opened_(std::move(other.opened_)),
      restore_flag_(std::exchange(other.restore_flag_, false)),
      socket_(other.socket_),
      pipe_(other.pipe_),
      rest_(std::move(other.rest_)),
      dropped_(other.dropped_) {}

LineSink::~LineSink() {
    if (restore_flag_) {
        fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) & ~O_NONBLOCK);
    }
}

bool LineSink::holds_unread() const {
    int unread = 0;
    return pipe_ && ioctl(fd(), FIONREAD, &unread) == 0 && unread > 0;
}

Result<std::size_t> LineSink::put(std::string_view bytes, bool& gone) {
    std::size_t taken = 0;
    while (taken < bytes.size()) {
        const std::string_view left = bytes.substr(taken);
        const ssize_t written = socket_ ? ::send(fd(), left.data(), left.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                        : ::write(fd(), left.data(), left.size());
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
