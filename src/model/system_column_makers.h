// SPDX-License-Identifier: MIT
// Columns of the machine's plain members, made from pointers to members; conversion to the value of a cell and back.
// Part of system_columns.cpp: not included elsewhere.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/system_columns.h"

namespace tsa::column_makers {

using Scratch = fmt::memory_buffer&;
using R = const Report&;
using V = const SystemValue&;

inline SystemValue cell(std::uint64_t value) {
    return {.kind = SystemValue::Kind::integer, .integer = value};
}

inline SystemValue cell(double value) {
    // There is no text for NaN.
    return std::isfinite(value) ? SystemValue{.kind = SystemValue::Kind::real, .real = value} : SystemValue{};
}

inline SystemValue cell(std::string_view value) {
    return value.empty() ? SystemValue{} : SystemValue{.kind = SystemValue::Kind::text, .text = value};
}

template <class T>
SystemValue cell(const std::optional<T>& value) {
    return value ? cell(*value) : SystemValue{};
}

inline bool is(V value, SystemValue::Kind kind) {
    return value.kind == kind;
}

inline void assign(std::uint64_t& to, V value) {
    to = is(value, SystemValue::Kind::integer) ? value.integer : 0;
}

inline void assign(std::optional<std::uint64_t>& to, V value) {
    to = is(value, SystemValue::Kind::integer) ? std::optional(value.integer) : std::nullopt;
}

inline void assign(double& to, V value) {
    to = is(value, SystemValue::Kind::real) && std::isfinite(value.real) ? value.real : 0;
}

inline void assign(std::optional<double>& to, V value) {
    to = is(value, SystemValue::Kind::real) && std::isfinite(value.real) ? std::optional(value.real) : std::nullopt;
}

/// A member of SystemRow.
template <auto kMember>
constexpr SystemColumn of_row(std::string_view key, SystemUnit unit, std::string_view help) {
    return {key,
            unit,
            SystemGroup::system,
            help,
            [](R report, Scratch) { return cell(report.system.*kMember); },
            [](Report& report, V value) { assign(report.system.*kMember, value); }};
}

/// A gauge: a member of SystemRow::now.
template <auto kMember>
constexpr SystemColumn of_now(std::string_view key, SystemUnit unit, std::string_view help) {
    return {key,
            unit,
            SystemGroup::system,
            help,
            [](R report, Scratch) { return cell(report.system.now.*kMember); },
            [](Report& report, V value) { assign(report.system.now.*kMember, value); }};
}

/// A real member of an optional struct in SystemRow::now: setting any member creates the struct.
template <auto kWhole, auto kMember>
constexpr SystemColumn of_part(std::string_view key, SystemUnit unit, std::string_view help) {
    return {key,
            unit,
            SystemGroup::system,
            help,
            [](R report, Scratch) {
                const auto& whole = report.system.now.*kWhole;
                return whole ? cell((*whole).*kMember) : SystemValue{};
            },
            [](Report& report, V value) {
                auto& whole = report.system.now.*kWhole;
                if (is(value, SystemValue::Kind::real)) {
                    if (!whole) {
                        whole.emplace();
                    }
                    assign((*whole).*kMember, value);
                }
            }};
}

template <std::size_t kAverage>
constexpr SystemColumn of_load(std::string_view key, std::string_view help) {
    return {key,
            SystemUnit::number,
            SystemGroup::system,
            help,
            [](R report, Scratch) {
                const auto& load = report.system.now.load;
                return load ? cell((*load)[kAverage]) : SystemValue{};
            },
            [](Report& report, V value) {
                if (is(value, SystemValue::Kind::real)) {
                    auto& load = report.system.now.load;
                    if (!load) {
                        load.emplace();
                    }
                    assign((*load)[kAverage], value);
                }
            }};
}

template <ThreadState kState>
constexpr SystemColumn of_state(std::string_view key, std::string_view help) {
    return {key,
            SystemUnit::nanoseconds,
            SystemGroup::system,
            help,
            [](R report, Scratch) {
                const bool known = (report.measured & measured_bit(kState)) != 0;
                return known ? cell(report.total_ns[index(kState)]) : SystemValue{};
            },
            [](Report& report, V value) {
                if (is(value, SystemValue::Kind::integer)) {
                    report.total_ns[index(kState)] = value.integer;
                    report.measured = static_cast<Measured>(report.measured | measured_bit(kState));
                }
            }};
}

/// A count over all threads since the start.
template <auto kMember>
constexpr SystemColumn of_health(std::string_view key, std::string_view help) {
    return {key,
            SystemUnit::count,
            SystemGroup::health,
            help,
            [](R report, Scratch) { return cell(report.health.*kMember); },
            [](Report& report, V value) { assign(report.health.*kMember, value); }};
}

/// The growth of the program's own cost; saturates. Restored as a growth from 0.
template <auto kMember>
constexpr SystemColumn of_own(std::string_view key, SystemUnit unit, std::string_view help) {
    return {key,
            unit,
            SystemGroup::own,
            help,
            [](R report, Scratch) {
                const std::optional<std::uint64_t> before = report.own_before.*kMember;
                const std::optional<std::uint64_t> now = report.own_now.*kMember;
                return before && now ? cell(*now - std::min(*now, *before)) : SystemValue{};
            },
            [](Report& report, V value) {
                if (is(value, SystemValue::Kind::integer)) {
                    report.own_before.*kMember = 0;
                    report.own_now.*kMember = value.integer;
                }
            }};
}

}  // namespace tsa::column_makers
