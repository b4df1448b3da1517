// SPDX-License-Identifier: MIT
// Switching delay accounting on and back, with a file in place of the sysctl.
#include "app/host/accounting_switch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/text_file.h"

namespace tsa {
namespace {

class SysctlFile {
  public:
    explicit SysctlFile(std::string_view value)
        : path_(std::filesystem::temp_directory_path() / ("accounting-" + std::to_string(::getpid()))) {
        set(value);
    }
    ~SysctlFile() { std::filesystem::remove(path_); }
    void set(std::string_view value) const { std::ofstream(path_) << value << '\n'; }
    [[nodiscard]] char value() const { return read_text_file(path_).value_or("?").front(); }
    [[nodiscard]] std::string path() const { return path_; }

  private:
    std::filesystem::path path_;
};

TEST(AccountingSwitch, is_restored_on_request) {
    const SysctlFile file("0");
    {
        AccountingSwitch accounting(file.path());
        ASSERT_TRUE(accounting.switch_on(true).ok());
        EXPECT_EQ(file.value(), '1');
    }
    EXPECT_EQ(file.value(), '0');
}

TEST(AccountingSwitch, stays_on_if_requested) {
    const SysctlFile file("0");
    {
        AccountingSwitch accounting(file.path());
        ASSERT_TRUE(accounting.switch_on(false).ok());
    }
    EXPECT_EQ(file.value(), '1');
}

TEST(AccountingSwitch, does_not_switch_off_what_was_on_before) {
    const SysctlFile file("1");
    {
        AccountingSwitch accounting(file.path());
        const auto done = accounting.switch_on(true);
        ASSERT_TRUE(done.ok());
        EXPECT_FALSE(done.value()) << "it was on already";
    }
    EXPECT_EQ(file.value(), '1');
}

TEST(AccountingSwitch, is_left_on_if_requested_later) {
    const SysctlFile file("0");
    {
        AccountingSwitch accounting(file.path());
        ASSERT_TRUE(accounting.switch_on(true).value());
        ASSERT_TRUE(accounting.switch_on(false).ok());
    }
    EXPECT_EQ(file.value(), '1');
}

TEST(AccountingSwitch, is_restored_even_if_requested_twice) {
    const SysctlFile file("0");
    {
        AccountingSwitch accounting(file.path());
        ASSERT_TRUE(accounting.switch_on(true).value());
        ASSERT_TRUE(accounting.switch_on(true).ok());
    }
    EXPECT_EQ(file.value(), '0');
}

TEST(AccountingSwitch, changes_nothing_without_a_request) {
    const SysctlFile file("1");
    { const AccountingSwitch accounting(file.path()); }
    EXPECT_EQ(file.value(), '1');
}

TEST(AccountingSwitch, gives_a_hint_without_the_sysctl) {
    AccountingSwitch accounting("/no/such/sysctl");
    const auto done = accounting.switch_on(true);
    ASSERT_FALSE(done.ok());
    EXPECT_FALSE(done.error().hint.empty());
}

}  // namespace
}  // namespace tsa
