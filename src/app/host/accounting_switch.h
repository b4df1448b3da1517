// SPDX-License-Identifier: MIT
// Switches the kernel's delay accounting on at the user's request, and restores it at the end if the user wants that.
#pragma once

#include <string>

#include "base/result.h"

namespace tsa {

class AccountingSwitch {
  public:
    explicit AccountingSwitch(std::string path = "/proc/sys/kernel/task_delayacct") : path_(std::move(path)) {}
    AccountingSwitch(const AccountingSwitch&) = delete;
    AccountingSwitch& operator=(const AccountingSwitch&) = delete;
    /// Switches it off again if this object switched it on with `put_back` and it has not been switched off since.
    ~AccountingSwitch();

    /// False: it was already on; nothing is changed, now or at the end. Exception: accounting that this object switched
    /// on stays on if requested again without `put_back`. Errors: no permission, no such sysctl; with a hint.
    Result<bool> switch_on(bool put_back);

  private:
    std::string path_;
    bool put_back_ = false;
};

}  // namespace tsa
