// Switches the kernel's delay accounting on when the user says so, and puts it back at the end if the user wants that.
#pragma once

#include <string>

#include "base/result.h"

namespace tsa {

class AccountingSwitch {
  public:
    explicit AccountingSwitch(std::string path = "/proc/sys/kernel/task_delayacct") : path_(std::move(path)) {}
    AccountingSwitch(const AccountingSwitch&) = delete;
    AccountingSwitch& operator=(const AccountingSwitch&) = delete;
    /// Off again, if this switched it on with `put_back` and nobody has switched it off since.
    ~AccountingSwitch();

    /// False: it was on already, and nothing is changed, now or at the end; but what this has switched on itself is
    /// left on when asked for again without `put_back`. Errors: no rights, no such sysctl; with a hint.
    Result<bool> switch_on(bool put_back);

  private:
    std::string path_;
    bool put_back_ = false;
};

}  // namespace tsa
