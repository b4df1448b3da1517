// The machine beside its threads as keys of the JSON object "system": everything of a SystemRow, absent as null. Called
// by the NDJSON writer; the README's table has each key.
#pragma once

#include "model/system_row.h"
#include "output/json.h"

namespace tsa {

/// Keys into the object that is open.
void put_system_row(Json& json, const SystemRow& system);

}  // namespace tsa
