// SPDX-License-Identifier: MIT
// See terminal.h.
#include "program/terminal.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "paths.h"
#include "program/run.h"
#include "support/witness.h"

namespace tsa::test {

namespace {

constexpr std::string_view kPrompt = "ready>";

struct Ran {
    int status = -1;
    std::string out;
};

Ran run_tmux(const std::vector<std::string>& arguments) {
    int out[2];
    if (pipe2(out, O_CLOEXEC) != 0) {
        throw std::runtime_error("pipe");
    }
    std::vector<char*> argv;
    for (const std::string& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        dup2(out[1], STDOUT_FILENO);
        dup2(out[1], STDERR_FILENO);
        unsetenv("TMUX");
        execvp(argv[0], argv.data());
        _exit(127);
    }
    close(out[1]);
    Ran ran;
    std::array<char, 16384> buffer;
    for (ssize_t got = 0; (got = read(out[0], buffer.data(), buffer.size())) > 0;) {
        ran.out.append(buffer.data(), static_cast<std::size_t>(got));
    }
    close(out[0]);
    waitpid(child, &ran.status, 0);
    return ran;
}

/// The child of `parent` that is called `name`; 0: none.
pid_t child_of(pid_t parent, const std::string& name) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string stat = text_of(entry.path() / "stat");
        const std::size_t end = stat.rfind(") ");
        if (end == std::string::npos || stat.find("(" + name + ")") == std::string::npos) {
            continue;
        }
        if (std::atoi(stat.c_str() + end + 4) == parent) {
            return std::atoi(entry.path().filename().c_str());
        }
    }
    return 0;
}

}  // namespace

std::optional<std::string> missing_tmux() {
    return run_tmux({"tmux", "-V"}).status == 0 ? std::nullopt : std::optional<std::string>("tmux");
}

std::string tmux_key(const KeyEvent& key) {
    switch (key.key) {
        case Key::character:
            return key.character < 0x20 ? std::string("C-") + static_cast<char>(key.character + 'a' - 1)
                                        : key_name(key);
        case Key::page_up:
            return "PPage";
        case Key::page_down:
            return "NPage";
        case Key::back_tab:
            return "BTab";
        case Key::escape:
            return "Escape";
        case Key::backspace:
            return "BSpace";
        case Key::del:
            return "DC";
        default:
            return key_name(key);
    }
}

Terminal::Terminal(int width, int height) {
    socket_ = folder_.path() + "/tmux";
    const std::string wide = std::to_string(width), high = std::to_string(height);
    // Options of a program's environment are given on its own line; this is what all of them share.
    const std::string shell =
        "unset NO_COLOR LC_CTYPE LANG ENV; ulimit -c 0; cd / && LC_ALL=C.UTF-8 TERM=tmux-256color PS1='ready> ' "
        "XDG_CONFIG_HOME='" +
        folder_.path() + "/config' RSTAT='" + paths::kBinary + "' HERE='" + folder_.path() + "' exec sh -i";
    tmux({"-u",          "-f",     "/dev/null", "new-session", "-d",     "-x",          wide, "-y",  high,
          shell,         ";",      "set",       "-g",          "status", "off",         ";",  "set", "-g",
          "window-size", "manual", ";",         "set",         "-s",     "escape-time", "0",  ";",   "resize-window",
          "-x",          wide,     "-y",        high});
    if (!await_text(std::string(kPrompt))) {
        throw std::runtime_error("no shell in tmux: " + screen());
    }
}

Terminal::~Terminal() {
    // First the program, by its number: when the server goes it would only see that the terminal is gone.
    if (const pid_t left = program(); left > 0) {
        kill(left, SIGKILL);
    }
    (void)run_tmux({"tmux", "-S", socket_, "kill-server"});
}

std::string Terminal::tmux(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{"tmux", "-S", socket_};
    all.insert(all.end(), arguments.begin(), arguments.end());
    Ran ran = run_tmux(all);
    if (ran.status != 0) {
        throw std::runtime_error("tmux " + arguments.front() + ": " + ran.out);
    }
    return std::move(ran.out);
}

void Terminal::shell(const std::string& line) {
    type(line);
    key("Enter");
}

bool Terminal::start(const std::string& arguments, const std::string& awaited, const std::string& before) {
    shell("clear; " + before + " $RSTAT " + arguments + "; echo ended $?");
    return await_text(awaited);
}

pid_t Terminal::program() const {
    const Ran ran = run_tmux({"tmux", "-S", socket_, "display-message", "-p", "#{pane_pid}"});
    return ran.status == 0 ? child_of(std::atoi(ran.out.c_str()), "rstat-tsa") : 0;
}

void Terminal::key(const std::string& name) {
    keys({name});
}

void Terminal::keys(const std::vector<std::string>& names) {
    std::vector<std::string> arguments{"send-keys", "--"};
    arguments.insert(arguments.end(), names.begin(), names.end());
    tmux(arguments);
}

void Terminal::type(const std::string& text) {
    // tmux takes a ; at the end of an argument for its own.
    tmux({"send-keys", "-l", "--", text.ends_with(';') ? text.substr(0, text.size() - 1) + "\\;" : text});
}

void Terminal::bytes(const std::string& raw) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::vector<std::string> arguments{"send-keys", "-H"};
    for (const char c : raw) {
        const auto byte = static_cast<unsigned char>(c);
        arguments.push_back({kHex[byte >> 4U], kHex[byte & 0xfU]});
    }
    tmux(arguments);
}

void Terminal::click(int x, int y) {
    if (variable("mouse_sgr_flag") == "1") {
        const std::string at = std::to_string(x + 1) + ";" + std::to_string(y + 1);
        bytes("\x1b[<0;" + at + "M\x1b[<0;" + at + "m");
        return;
    }
    const std::string at{static_cast<char>(33 + x), static_cast<char>(33 + y)};
    bytes("\x1b[M\x20" + at + "\x1b[M\x23" + at);
}

void Terminal::resize(int width, int height) {
    tmux({"resize-window", "-x", std::to_string(width), "-y", std::to_string(height)});
}

void Terminal::hang_up() {
    tmux({"kill-server"});
}

std::string Terminal::screen(bool with_colors) const {
    return with_colors ? tmux({"capture-pane", "-p", "-e"}) : tmux({"capture-pane", "-p"});
}

std::vector<std::string> Terminal::lines() const {
    return lines_of(screen());
}

std::string Terminal::line_with(const std::string& text) const {
    for (const std::string& line : lines()) {
        if (line.find(text) != std::string::npos) {
            return line;
        }
    }
    return {};
}

bool Terminal::await_text(const std::string& text) const {
    return await([&] { return screen().find(text) != std::string::npos; });
}

bool Terminal::await_no(const std::string& text) const {
    return await([&] { return screen().find(text) == std::string::npos; });
}

std::string Terminal::variable(const std::string& name) const {
    const std::string value = tmux({"display-message", "-p", "#{" + name + "}"});
    return value.substr(0, value.find('\n'));
}

std::string Terminal::settings() {
    const std::string file = folder_.path() + "/stty" + std::to_string(++questions_);
    shell("stty -g >" + file + " && echo done >" + file + ".done");
    if (!await([&] { return !text_of(file + ".done").empty(); })) {
        throw std::runtime_error("the shell does not answer: " + screen());
    }
    return text_of(file);
}

}  // namespace tsa::test
