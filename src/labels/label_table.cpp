// SPDX-License-Identifier: MIT
// See label_table.h.
#include "labels/label_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "labels/bare_name.h"

namespace tsa {

namespace {

/// `pattern` has at most one '*'.
bool matches(std::string_view pattern, std::string_view text) {
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) {
        return pattern == text;
    }
    return text.size() + 1 >= pattern.size() && text.starts_with(pattern.substr(0, star)) &&
           text.ends_with(pattern.substr(star + 1));
}

std::string_view without_deleted(std::string_view module) {
    constexpr std::string_view kDeleted = " (deleted)";
    return module.substr(0, module.size() - (module.ends_with(kDeleted) ? kDeleted.size() : 0));
}

/// glibc's files, with its older names, and musl's; a sanitizer's functions in front of them, in a separate file or
/// linked to the program.
bool is_c_library(const StackFrame& frame) {
    constexpr std::array<std::string_view, 10> kModules{"libc.so",    "libc-2.",   "libpthread", "ld-musl-",
                                                        "ld-linux",   "libc.musl", "[vdso]",     "libasan.so",
                                                        "libtsan.so", "liblsan.so"};
    constexpr std::array<std::string_view, 2> kFunctions{"__interceptor_", "___interceptor_"};
    return std::ranges::any_of(kModules, [&](std::string_view start) { return frame.module.starts_with(start); }) ||
           std::ranges::any_of(kFunctions, [&](std::string_view start) { return frame.function.starts_with(start); });
}

}  // namespace

void LabelTable::add_names(const std::vector<std::string>& names, std::uint32_t rule, bool is_caller) {
    for (const std::string& name : names) {
        (name.find('*') == std::string::npos ? exact_ : patterns_).push_back({name, rule, is_caller});
    }
}

void LabelTable::add(std::vector<LabelRule> rules) {
    for (LabelRule& rule : rules) {
        const auto number = static_cast<std::uint32_t>(rules_.size());
        add_names(rule.functions, number, false);
        add_names(rule.callers, number, true);
        rules_.push_back(std::move(rule));
    }
    std::ranges::stable_sort(exact_, {}, &Entry::name);
}

void LabelTable::note(const Entry& entry, const StackFrame& frame, std::uint32_t place,
                      std::vector<Reached>& reached) const {
    Reached& rule = reached[entry.rule];
    if (entry.is_caller) {
        rule.caller = place;
        return;
    }
    const std::string& module = rules_[entry.rule].module;
    if (rule.function == 0 && (module.empty() || matches(module, without_deleted(frame.module)))) {
        rule.function = place;
    }
}

void LabelTable::note(std::string_view name, const StackFrame& frame, std::uint32_t place,
                      std::vector<Reached>& reached) const {
    for (auto at = std::ranges::lower_bound(exact_, name, {}, &Entry::name); at != exact_.end() && at->name == name;
         ++at) {
        note(*at, frame, place, reached);
    }
    for (const Entry& entry : patterns_) {
        if (matches(entry.name, name)) {
            note(entry, frame, place, reached);
        }
    }
}

bool LabelTable::holds(const LabelRule& rule, const Reached& reached, std::span<const StackFrame> frames) {
    if (reached.function == 0 || (!rule.callers.empty() && reached.caller <= reached.function)) {
        return false;
    }
    const std::size_t function = reached.function - 1;
    const auto may_be = [&](const StackFrame& frame) {
        return is_c_library(frame) ||
               (rule.further_in == FurtherIn::own_module && frame.module == frames[function].module);
    };
    return rule.further_in == FurtherIn::anything || std::ranges::all_of(frames.first(function), may_be);
}

template <class IsWanted>
const StackLabel* LabelTable::find_if(std::span<const StackFrame> frames, IsWanted is_wanted) const {
    std::vector<Reached> reached(rules_.size());
    for (std::uint32_t at = 0; at < frames.size(); ++at) {
        const std::string& whole = frames[at].function;
        if (whole.empty()) {
            continue;
        }
        note(whole, frames[at], at + 1, reached);
        if (const std::string bare = bare_name(whole); bare != whole) {
            note(bare, frames[at], at + 1, reached);
        }
    }
    for (std::size_t rule = 0; rule < rules_.size(); ++rule) {
        if (is_wanted(rules_[rule]) && holds(rules_[rule], reached[rule], frames)) {
            return &rules_[rule].label;
        }
    }
    return nullptr;
}

const StackLabel* LabelTable::find(std::span<const StackFrame> frames) const {
    return find_if(frames, [](const LabelRule&) { return true; });
}

const StackLabel* LabelTable::find_in_kernel(std::span<const StackFrame> frames) const {
    std::vector<StackFrame> named(frames.begin(), frames.end());
    for (StackFrame& frame : named) {
        frame.module = kKernelModule;
    }
    return find_if(named, [](const LabelRule& rule) { return rule.module == kKernelModule; });
}

}  // namespace tsa
