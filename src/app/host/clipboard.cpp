// SPDX-License-Identifier: MIT
// See clipboard.h.
#include "app/host/clipboard.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "base/fd.h"

extern char** environ;

namespace tsa {
namespace {

bool is_set(const char* variable) {
    const char* const value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

/// Runs the program with the text as its input. The pipe takes all of it at once: it is shorter than what one holds.
void hand_over(const std::array<const char*, 4>& command, const std::string& text) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        return;
    }
    const Fd out(ends[0]);
    Fd in(ends[1]);
    const bool is_written = ::write(in.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
    in = Fd();
    ::fcntl(out.get(), F_SETFL, 0);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, out.get(), STDIN_FILENO);
    for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
        posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_WRONLY, 0);
    }
    // Threads here block signals; a program would inherit that.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    std::array<char*, 4> arguments{};
    for (std::size_t i = 0; i < command.size(); ++i) {
        arguments[i] = const_cast<char*>(command[i]);  // NOLINT(cppcoreguidelines-pro-type-const-cast): execve's type
    }
    pid_t child = 0;
    if (is_written && ::posix_spawnp(&child, arguments[0], &files, &attributes, arguments.data(), environ) == 0) {
        int status = 0;
        while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
}

}  // namespace

void DesktopClipboard::copy(const std::string& text) {
    // Over SSH the desktop is elsewhere.
    if (is_set("SSH_TTY") || is_set("SSH_CONNECTION")) {
        return;
    }
    if (is_set("WAYLAND_DISPLAY")) {
        static_cast<void>(jobs_.begin([text] { hand_over({"wl-copy", nullptr, nullptr, nullptr}, text); }));
    } else if (is_set("DISPLAY")) {
        static_cast<void>(jobs_.begin([text] { hand_over({"xclip", "-selection", "clipboard", nullptr}, text); }));
    }
}

}  // namespace tsa
