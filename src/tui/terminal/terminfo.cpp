// SPDX-License-Identifier: MIT
// See terminfo.h.
#include "tui/terminal/terminfo.h"

#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <curses.h>
#include <fmt/format.h>
#include <term.h>
#undef lines
#undef columns

#include <cstdlib>
#include <filesystem>

#include "base/linkage.h"
#include "base/own_program.h"
#include "text/sanitize.h"

namespace tsa {
namespace {

constexpr const char* kTypeHint = "set TERM to what your terminal is, for example TERM=xterm-256color";

/// setupterm()'s third argument.
enum TypeFound { no_database = -1, no_such_type = 0, hardcopy = 1 };

Error type_error(int found, const std::string& type) {
    switch (found) {
        case no_database:
            return {"there is no terminfo database", "install ncurses-base or ncurses-terminfo, or set TERMINFO", 0};
        case hardcopy:
            return {fmt::format("terminal type \"{}\" is a printer", type), kTypeHint, 0};
        default:
            return {fmt::format("unknown terminal type \"{}\"", type), kTypeHint, 0};
    }
}

/// The static build may run where there is no terminfo database, as in an initramfs: its archive has a small one, in
/// ../share/terminfo of the program. It is searched last.
void search_own_database() {
    const std::filesystem::path database = installed_path("share/terminfo");
    const char* const set = std::getenv("TERMINFO_DIRS");
    // The empty folder in front of the colon is ncurses' default.
    const std::string folders = std::string(set == nullptr ? "" : set) + ":" + database.native();
    if (!database.empty()) {
        ::setenv("TERMINFO_DIRS", folders.c_str(), 1);
    }
}

}  // namespace

Result<void> check_terminal_type(int terminal_fd) {
    const char* const type = std::getenv("TERM");
    if (type == nullptr || *type == '\0') {
        return Error{"TERM is not set", kTypeHint, 0};
    }
    if (kIsStatic) {
        search_own_database();
    }
    int found = no_such_type;
    if (::setupterm(nullptr, terminal_fd, &found) != OK) {
        return type_error(found, printable(type));
    }
    const bool moves = !capability("cup").empty();
    ::del_curterm(::set_curterm(nullptr));
    if (!moves) {
        return Error{fmt::format("terminal type \"{}\" cannot move its cursor", printable(type)),
                     std::string(kTypeHint) + "; `rstat-tsa stat` prints without it", 0};
    }
    return {};
}

std::string capability(const std::string& name) {
    std::string mutable_name = name;  // an older ncurses takes a char*
    const char* const value = ::tigetstr(mutable_name.data());
    const bool is_text = value != nullptr && value != reinterpret_cast<const char*>(-1);
    return is_text ? std::string(value) : std::string();
}

}  // namespace tsa
