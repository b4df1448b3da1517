// SPDX-License-Identifier: MIT
// See desktop_notifier.h.
#include "app/host/desktop_notifier.h"

#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "app/host/notice.h"
#include "app/host/privilege.h"
#include "base/dynamic_library.h"
#include "base/scan.h"

namespace tsa {

namespace {

constexpr const char* kLibrary = "libsystemd.so.0";
constexpr const char* kCommand = "/usr/bin/notify-send";
constexpr std::size_t kMaxMessage = std::size_t{16} << 10U;
constexpr std::uint64_t kCallUs = 3'000'000;

/// What is used of sd-bus(3).
class Bus {
  public:
    Bus() : library_(DynamicLibrary::open(kLibrary)) {
        whole_ = library_.find("sd_bus_new", make_) && library_.find("sd_bus_set_address", set_address_) &&
                 library_.find("sd_bus_set_bus_client", set_client_) && library_.find("sd_bus_start", start_) &&
                 library_.find("sd_bus_call_method", call_) && library_.find("sd_bus_flush_close_unref", unref_);
        (void)library_.find("sd_bus_set_method_call_timeout", set_timeout_);  // since systemd 240
    }
    Bus(const Bus&) = delete;
    Bus& operator=(const Bus&) = delete;
    ~Bus() { close(); }
    [[nodiscard]] bool is_there() const { return whole_; }

    /// 0 or an errno.
    int notify(const std::string& address, const std::string& summary, const std::string& body) {
        const int opened = open(address);
        if (opened != 0) {
            return opened;
        }
        constexpr unsigned kNoActions = 0, kHints = 1;
        constexpr int kNormal = 1, kDefaultTime = -1;
        const int done = call_(bus_, kService, kPath, kService, "Notify", nullptr, nullptr, "susssasa{sv}i",
                               "rstat-tsa", 0U, "rstat-tsa", summary.c_str(), body.c_str(), kNoActions, kHints,
                               "urgency", "y", kNormal, kDefaultTime);
        return finish(done);
    }
    /// Whether something answers. 0 or an errno.
    int ask(const std::string& address) {
        const int opened = open(address);
        return opened != 0
                   ? opened
                   : finish(call_(bus_, kService, kPath, kService, "GetServerInformation", nullptr, nullptr, ""));
    }

  private:
    static constexpr const char* kService = "org.freedesktop.Notifications";
    static constexpr const char* kPath = "/org/freedesktop/Notifications";

    int open(const std::string& address) {
        if (bus_ != nullptr) {
            return 0;
        }
        // Not sd_bus_open_user(): it ignores the environment of a program whose file has capabilities.
        int done = make_(&bus_);
        done = done < 0 ? done : set_address_(bus_, address.c_str());
        done = done < 0 ? done : set_client_(bus_, 1);
        done = done < 0 ? done : start_(bus_);
        if (done >= 0 && set_timeout_ != nullptr) {
            set_timeout_(bus_, kCallUs);
        }
        return finish(done);
    }
    /// After an error the next notification connects again.
    int finish(int done) {
        if (done < 0) {
            close();
        }
        return done < 0 ? -done : 0;
    }
    void close() {
        if (bus_ != nullptr) {
            unref_(bus_);
            bus_ = nullptr;
        }
    }

    DynamicLibrary library_;
    bool whole_ = false;
    void* bus_ = nullptr;
    int (*make_)(void**) = nullptr;
    int (*set_address_)(void*, const char*) = nullptr;
    int (*set_client_)(void*, int) = nullptr;
    int (*set_timeout_)(void*, std::uint64_t) = nullptr;
    int (*start_)(void*) = nullptr;
    int (*call_)(void*, const char*, const char*, const char*, const char*, void*, void**, const char*, ...) = nullptr;
    void* (*unref_)(void*) = nullptr;
};

/// 0 or an errno.
int run_command(const std::string& address, const std::string& summary, const std::string& body) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::setenv("DBUS_SESSION_BUS_ADDRESS", address.c_str(), 1);
        ::execl(kCommand, kCommand, "-a", "rstat-tsa", "-i", "rstat-tsa", "--", summary.c_str(), body.c_str(), nullptr);
        ::_exit(1);
    }
    int status = 0;
    return child > 0 && ::waitpid(child, &status, 0) == child && status == 0 ? 0 : EIO;
}

/// Under sudo the user that called it: the desktop is that user's, whose message bus takes no others.
void become_user() {
    const char* const uid_text = ::geteuid() == 0 ? std::getenv("SUDO_UID") : nullptr;
    const char* const gid_text = std::getenv("SUDO_GID");
    const auto uid = uid_text != nullptr ? number<uid_t>(uid_text) : std::nullopt;
    const auto gid = gid_text != nullptr ? number<gid_t>(gid_text) : std::nullopt;
    if (uid && gid && (::setgroups(0, nullptr) != 0 || ::setgid(*gid) != 0 || ::setuid(*uid) != 0)) {
        ::_exit(1);  // never as root on another user's bus
    }
    Keep keep;
    keep.programs = true;  // notify-send
    if (!drop_capabilities(keep).ok()) {
        ::_exit(1);
    }
}

std::string bus_address() {
    const char* const address = std::getenv("DBUS_SESSION_BUS_ADDRESS");
    return address != nullptr ? address : fmt::format("unix:path=/run/user/{}/bus", ::geteuid());
}

/// Nothing that this program has open: the probes end with it.
int keep_only(int socket) {
    constexpr int kKept = 3;
    constexpr long kCloseRange = 436;  // on every architecture; old headers lack it
    if (socket != kKept) {
        ::dup2(socket, kKept);
    }
    ::syscall(kCloseRange, static_cast<unsigned>(kKept + 1), ~0U, 0U);
    return kKept;
}

/// The process. Ends when the other end of the socket does.
[[noreturn]] void serve(int socket) {
    ::setsid();
    ::prctl(PR_SET_NAME, "rstat-notify");
    become_user();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    Bus bus;
    const std::string address = bus_address();
    const bool has_command = ::access(kCommand, X_OK) == 0;
    const auto words = [&address](int error) { return fmt::format("{}: {}", address, strerrordesc_np(error)); };
    std::string first;
    if (bus.is_there()) {
        const int asked = bus.ask(address);
        first = asked != 0 ? words(asked) : "";
    } else if (!has_command) {
        first = fmt::format("{} cannot be loaded, and {} is not installed", kLibrary, kCommand);
    }
    ::send(socket, first.c_str(), first.size() + 1, MSG_NOSIGNAL);
    std::string buffer(kMaxMessage, '\0');
    for (;;) {
        const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (got <= 0) {
            ::_exit(0);
        }
        if (!bus.is_there() && !has_command) {
            continue;  // it was said at the start
        }
        const std::string_view message(buffer.data(), static_cast<std::size_t>(got));
        const std::size_t end = message.find('\0');
        const std::string summary(message.substr(0, end));
        const std::string body =
            end < message.size() ? notification_markup(std::string(message.substr(end + 1))) : std::string();
        const int shown = bus.is_there() ? bus.notify(address, summary, body) : run_command(address, summary, body);
        if (shown != 0) {
            notice("--notify: " + words(shown));
        }
    }
}

}  // namespace

std::string notification_markup(const std::string& text) {
    std::string out;
    for (const char one : text) {
        switch (one) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            default:
                out += one;
        }
    }
    return out;
}

std::unique_ptr<DesktopNotifier> DesktopNotifier::start(const SignalQueue& signals) {
    std::unique_ptr<DesktopNotifier> made(new DesktopNotifier);
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        made->unavailable_ = system_error("socketpair", errno).message;
        return made;
    }
    made->socket_ = Fd(ends[0]);
    Fd other(ends[1]);
    made->pid_ = ::fork();
    if (made->pid_ == 0) {
        signals.restore_in_child();
        serve(keep_only(other.get()));
    }
    other.reset();
    if (made->pid_ < 0) {
        made->unavailable_ = system_error("fork", errno).message;
        return made;
    }
    std::array<char, 512> answer{};
    pollfd ready{made->socket_.get(), POLLIN, 0};
    const ssize_t got = ::poll(&ready, 1, kPatienceMs) == 1
                            ? ::recv(made->socket_.get(), answer.data(), answer.size() - 1, MSG_DONTWAIT)
                            : -1;
    made->unavailable_ = got > 0 ? answer.data() : "no answer from the desktop";
    return made;
}

DesktopNotifier::~DesktopNotifier() {
    socket_.reset();
    if (pid_ <= 0) {
        return;
    }
    constexpr int kStepMs = 10;
    for (int waited = 0; ::waitpid(pid_, nullptr, WNOHANG) == 0; waited += kStepMs) {
        if (waited >= kPatienceMs) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
            return;
        }
        ::poll(nullptr, 0, kStepMs);
    }
}

void DesktopNotifier::show(const DesktopText& text) {
    std::string message = text.summary + '\0' + text.body;
    message.resize(std::min(message.size(), kMaxMessage));
    if (::send(socket_.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        notice(fmt::format("--notify: {}", strerrordesc_np(errno)));
    }
}

}  // namespace tsa
