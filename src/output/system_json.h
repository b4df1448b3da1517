// SPDX-License-Identifier: MIT
// The machine's values as keys of the JSON objects "system", "health" and "own": all of system_columns(), absent as
// null. Called by the NDJSON writer; the documentation lists every key.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "model/system_columns.h"
#include "output/json.h"

namespace tsa {

/// Writes the keys of that group into the open object. `scratch` belongs to the caller, so it is allocated only once.
void put_system_columns(Json& json, const Report& report, SystemGroup group, fmt::memory_buffer& scratch);
/// The column's key within its object, without the object's name.
[[nodiscard]] std::string_view json_key(const SystemColumn& column);

}  // namespace tsa
