// SPDX-License-Identifier: MIT
// See screen_keys.h.
#include "program/screen_keys.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "program/run.h"
#include "support/feature.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

constexpr std::chrono::seconds kSoon{20};

}  // namespace

std::vector<std::string> words_of(std::string_view keys) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < keys.size();) {
        const std::size_t end = std::min(keys.find(' ', at), keys.size());
        out.emplace_back(keys.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

void ScreenKeys::SetUp() {
    TSA_REQUIRE(missing_bpf());
    TSA_REQUIRE(missing_tmux());
}

void ScreenKeys::open(const std::string& arguments, const std::string& awaited, int width, int height) {
    const std::string home = folder_.path();
    terminal_.emplace(width, height);
    terminal_->shell("cd $HERE");  // one key records
    ASSERT_TRUE(terminal_->start(arguments, awaited, fmt::format("HOME={} XDG_CONFIG_HOME={}", home, home)))
        << terminal_->screen();
    program_ = terminal_->program();
    before_.clear();
}

void ScreenKeys::open_list(const std::string& set, int width, int height) {
    ASSERT_NO_FATAL_FAILURE(open(fmt::format("--keys {} -i 250 -p {}", set, puppet().pid()), "▼DELAY", width, height));
    terminal_->type(std::to_string(tid_));
    ASSERT_TRUE(terminal_->await_text(fmt::format("TID {}", tid_))) << terminal_->screen();
}

Puppet& ScreenKeys::puppet() {
    if (!puppet_) {
        puppet_.emplace("waits");
        tid_ = puppet_->tid("select");
        const int nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(tid_));
        names_ = {{"{tid}", std::to_string(tid_)},
                  {"{next}", std::to_string(puppet_->tid("accept"))},
                  {"{nice}", std::to_string(nice)},
                  {"{less}", std::to_string(nice - 1)}};
    }
    return *puppet_;
}

void ScreenKeys::press_all(std::span<const Step> steps) {
    for (const Step& step : steps) {
        if (HasFatalFailure()) {
            return;  // each that follows would wait for long
        }
        press(step);
    }
    EXPECT_EQ(terminal_->program(), program_) << "it still runs";
}

void ScreenKeys::press(const Step& step) {
    const std::string seen = with_names(step.seen);
    const std::string about = fmt::format("{}: {}", step.keys, seen);
    const bool goes = seen.starts_with('!');
    const std::string text = seen.substr(goes ? 1 : 0);
    const bool is_text = !seen.empty() && seen != "~" && seen != "=";
    if (is_text) {
        // What is there already would prove nothing.
        ASSERT_TRUE(goes ? terminal_->await_text(text) : terminal_->await_no(text)) << "before " << about << "\n"
                                                                                    << terminal_->screen();
    }
    if (seen == "~") {
        before_ = settled();
    }
    terminal_->keys(words_of(step.keys));
    if (seen == "~" || seen == "=") {
        ASSERT_TRUE(await([&] { return (marked() == before_) == (seen == "="); }, kSoon))
            << about << "\n"
            << terminal_->screen() << "\nbefore:\n"
            << before_ << "\nnow:\n"
            << marked();
    } else if (is_text) {
        ASSERT_TRUE(await([&] { return (terminal_->screen().find(text) == std::string::npos) == goes; }, kSoon))
            << about << "\n"
            << terminal_->screen();
    }
    const std::string after = terminal_->screen();
    ASSERT_EQ(after.find("does nothing here"), std::string::npos) << about << "\n" << after;
    ASSERT_EQ(after.find("no such key"), std::string::npos) << about << "\n" << after;
    if (!step.undo.empty()) {
        terminal_->keys(words_of(step.undo));
        ASSERT_TRUE(terminal_->await_no(text)) << "after " << about << "\n" << terminal_->screen();
    }
}

std::string ScreenKeys::marked() const {
    std::string out, background, drawn;
    for (const std::string& line : lines_of(terminal_->screen(true))) {
        if (line.find(" last ") != std::string::npos || line.find("Last: ") != std::string::npos) {
            continue;
        }
        for (std::size_t at = 0; at < line.size(); ++at) {
            if (line[at] == '\x1b') {
                const std::size_t end = line.find('m', at);
                const std::string change = line.substr(at + 2, end - at - 2);
                if (change.starts_with("48")) {
                    background = change;
                } else if (const std::size_t in = change.find(";48;"); in != std::string::npos) {
                    background = change.substr(in + 1);
                } else if (change == "49" || change == "0" || change.empty()) {
                    background.clear();
                }
                at = end;
                continue;
            }
            if (background != drawn) {
                drawn = background;
                out += "{" + background + "}";
            }
            out += line[at];
        }
        out += '\n';
    }
    return out;
}

std::string ScreenKeys::settled() const {
    std::string last = marked();
    (void)await([&] {
        let_pass(std::chrono::milliseconds(10));
        std::string now = marked();
        return std::exchange(last, now) == now;
    });
    return last;
}

std::string ScreenKeys::with_names(std::string_view text) const {
    std::string out(text);
    for (const auto& [name, value] : names_) {
        if (const std::size_t at = out.find(name); at != std::string::npos) {
            out.replace(at, name.size(), value);
        }
    }
    return out;
}

}  // namespace tsa::test
