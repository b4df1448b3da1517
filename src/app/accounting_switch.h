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

    /// Errors: no rights, no such sysctl; with a hint. On already: nothing is changed, now or at the end.
    Result<void> switch_on(bool put_back);

  private:
    std::string path_;
    bool put_back_ = false;
};

}  // namespace tsa
