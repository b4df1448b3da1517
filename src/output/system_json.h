// The machine beside its threads as keys of the JSON objects "system", "health" and "own": all of system_columns(),
// absent as null. Called by the NDJSON writer; the README's tables have each key.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "model/system_columns.h"
#include "output/json.h"

namespace tsa {

/// Keys of that group into the object that is open. `scratch` is the caller's, so that it need not grow each time.
void put_system_columns(Json& json, const Report& report, SystemGroup group, fmt::memory_buffer& scratch);
/// The column's key in its object: without the object's name.
[[nodiscard]] std::string_view json_key(const SystemColumn& column);

}  // namespace tsa
