// SPDX-License-Identifier: MIT
// See terminal_mode.h.
#include "tui/terminal/terminal_mode.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>

namespace tsa {
namespace {

// What a crash must undo: it runs no destructors. Set before the handlers are installed, and read by them.
struct Restoring {
    std::string bytes;
    int output_fd = -1;
    int terminal_fd = -1;
    termios shell{};
};
Restoring restoring;
volatile std::sig_atomic_t terminal_is_ours = 0;
std::terminate_handler previous_terminate = nullptr;

constexpr std::array kCrashSignals{SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
std::array<struct sigaction, kCrashSignals.size()> previous_actions{};

/// Only what a signal handler may do.
void give_terminal_back() {
    if (terminal_is_ours != 0) {
        terminal_is_ours = 0;
        static_cast<void>(::write(restoring.output_fd, restoring.bytes.data(), restoring.bytes.size()) == 0);
        ::tcsetattr(restoring.terminal_fd, TCSANOW, &restoring.shell);
    }
}

[[noreturn]] void on_terminate() {
    give_terminal_back();
    if (previous_terminate != nullptr) {
        previous_terminate();
    }
    std::abort();
}

/// The default action follows, core dump included (SA_RESETHAND).
void on_crash(int signal) {
    give_terminal_back();
    ::raise(signal);
}

void install_handlers() {
    previous_terminate = std::set_terminate(on_terminate);
    struct sigaction action {};
    action.sa_handler = on_crash;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    for (std::size_t at = 0; at < kCrashSignals.size(); ++at) {
        sigaction(kCrashSignals[at], &action, &previous_actions[at]);
    }
}

void remove_handlers() {
    std::set_terminate(previous_terminate);
    for (std::size_t at = 0; at < kCrashSignals.size(); ++at) {
        sigaction(kCrashSignals[at], &previous_actions[at], nullptr);
    }
}

}  // namespace

Result<std::unique_ptr<TerminalMode>> TerminalMode::enter(int terminal_fd, std::string restoring_bytes, int output_fd) {
    termios shell{};
    if (::tcgetattr(terminal_fd, &shell) != 0) {
        return system_error("the terminal's settings", errno);
    }
    restoring = {std::move(restoring_bytes), output_fd, terminal_fd, shell};
    std::unique_ptr<TerminalMode> mode(new TerminalMode(terminal_fd, shell));
    install_handlers();
    mode->apply();
    return mode;
}

TerminalMode::~TerminalMode() {
    leave();
    remove_handlers();
}

/// Not raw: Ctrl-C and Ctrl-Z are signals. Output: ncurses counts on a line feed that only moves down, and on tabs that
/// do not erase.
void TerminalMode::apply() {
    termios screens = shell_;
    screens.c_iflag &= ~static_cast<tcflag_t>(ICRNL | INLCR | IGNCR | ISTRIP);
    screens.c_oflag &= ~static_cast<tcflag_t>(ONLCR | TABDLY);
    screens.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ECHONL);
    screens.c_cc[VMIN] = 1;
    screens.c_cc[VTIME] = 0;
    terminal_is_ours = 1;
    ::tcsetattr(fd_, TCSANOW, &screens);
}

bool TerminalMode::is_entered() {
    return terminal_is_ours != 0;
}

bool TerminalMode::in_background() const {
    return ::tcgetpgrp(fd_) != ::getpgrp();
}

void TerminalMode::leave() {
    if (is_entered() && !in_background()) {
        ::tcsetattr(fd_, TCSANOW, &shell_);
    }
    terminal_is_ours = 0;
}

void TerminalMode::enter_again() {
    if (in_background()) {
        return;  // a change of the settings would stop the process
    }
    if (!is_entered()) {
        ::tcgetattr(fd_, &shell_);
        restoring.shell = shell_;
    }
    apply();
}

}  // namespace tsa
