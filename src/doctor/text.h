// SPDX-License-Identifier: MIT
// Formats doctor's findings as text and as one JSON object. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "doctor/diagnosis.h"

namespace tsa {

inline constexpr int kDoctorSchema = 1;

/// One line per check in columns, costs and fixes indented below, the verdict at the end. Lines wrap at `width` cells,
/// except fixes, which are meant to be copied. `colors`: ANSI colors for the status.
[[nodiscard]] std::string doctor_text(const Diagnosis& diagnosis, std::size_t width, bool colors);

/// {"schema":1,"ok":..,"verdict":"..","checks":[{"key","status","found","cost","fix"}]} and a newline; an empty cost or
/// fix is null.
[[nodiscard]] std::string doctor_json(const Diagnosis& diagnosis);

}  // namespace tsa
