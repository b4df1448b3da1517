// What doctor found, as text for people and as one JSON object. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "doctor/diagnosis.h"

namespace tsa {

inline constexpr int kDoctorSchema = 1;

/// One line per check in columns, costs and fixes indented below, the verdict at the end. Lines are folded at `width`
/// cells, but for fixes: they are there to be copied. `colours`: ANSI colours for the status.
[[nodiscard]] std::string doctor_text(const Diagnosis& diagnosis, std::size_t width, bool colours);

/// {"schema":1,"ok":..,"verdict":"..","checks":[{"key","status","found","cost","fix"}]} and a newline; a cost or fix
/// that there is not is null.
[[nodiscard]] std::string doctor_json(const Diagnosis& diagnosis);

}  // namespace tsa
