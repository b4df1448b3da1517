// SPDX-License-Identifier: MIT
// See library_log.h.
#include "sched/library_log.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include "base/privilege.h"
#include "sched/load_failure.h"

namespace tsa {

namespace {

constexpr std::string_view kPrivilegeHint =
    "run it as root (sudo rstat-tsa ...), or grant the program the capabilities once: "
    "sudo " RSTAT_SETCAP " $(command -v rstat-tsa)";

constexpr std::string_view kWeakRootHint =
    "root lacks CAP_BPF or CAP_PERFMON here (in a container: --cap-add or --privileged), or the kernel is locked down "
    "(cat /sys/kernel/security/lockdown)";

// libbpf's callback has no context argument. Only the first warning is kept: later ones just report the overall
// failure.
bool listening = false;
std::string first_warning;

int keep_warning(libbpf_print_level level, const char* format, va_list arguments) {
    if (level == LIBBPF_WARN && listening && first_warning.empty()) {
        char text[512];
        const int length = std::vsnprintf(text, sizeof(text), format, arguments);
        if (length > 0) {
            first_warning.assign(text, std::min(sizeof(text) - 1, static_cast<std::size_t>(length)));
            while (!first_warning.empty() && first_warning.back() == '\n') {
                first_warning.pop_back();
            }
        }
    }
    return 0;
}

}  // namespace

LogScope::LogScope() : previous_(libbpf_set_print(keep_warning)) {
    listening = true;
    first_warning.clear();
}

LogScope::~LogScope() {
    listening = false;
    libbpf_set_print(previous_);
}

std::string_view LogScope::complaint() const {
    return first_warning;
}

Error LogScope::error(std::string_view what, int error_number) const {
    const bool privilege = error_number == EPERM || error_number == EACCES;
    if (privilege && ::geteuid() != 0) {
        return system_error(what, error_number, kPrivilegeHint);
    }
    Error result = system_error(what, error_number, error_number == EPERM ? kWeakRootHint : std::string_view{});
    if (!first_warning.empty()) {
        result.message += " (" + first_warning + ")";
    }
    return result;
}

Error LogScope::load_error(std::string_view what, int error_number, const bpf_object* object) const {
    if (error_number == EPERM || (error_number == EACCES && ::geteuid() != 0)) {
        return error(what, error_number);  // which privilege is missing
    }
    const std::string words = load_failure_words(find_load_failure(object, error_number, first_warning));
    return Error{std::string(what) + ": " + words, {}, error_number};
}

}  // namespace tsa
