// SPDX-License-Identifier: MIT
// See accounting_switch.h.
#include "app/host/accounting_switch.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"
#include "base/text_file.h"

namespace tsa {

namespace {

constexpr const char* kHint = "as root: sysctl kernel.task_delayacct=1";

bool is_on(const std::string& path) {
    return read_text_file(path).value_or("").starts_with('1');
}

Result<void> write_value(const std::string& path, char value) {
    const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.valid() && errno == ENOENT) {
        return Error{"this kernel cannot switch delay accounting", "boot with delayacct (before Linux 5.14 it is on)",
                     ENOENT};
    }
    if (!file.valid() || ::write(file.get(), &value, 1) != 1) {
        return system_error("switch delay accounting", errno, kHint);
    }
    return {};
}

}  // namespace

Result<bool> AccountingSwitch::switch_on(bool put_back) {
    if (is_on(path_)) {
        put_back_ = put_back_ && put_back;
        return false;
    }
    TRY(write_value(path_, '1'));
    put_back_ = put_back;
    return true;
}

AccountingSwitch::~AccountingSwitch() {
    if (put_back_ && is_on(path_)) {
        (void)write_value(path_, '0');  // no one is left to report it to
    }
}

}  // namespace tsa
