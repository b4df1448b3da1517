// SPDX-License-Identifier: MIT
// See json.h.
#include "output/json.h"

#include "text/sanitize.h"

namespace tsa {

void put_value(Json& json, const Column& column, const Value& value) {
    switch (value.kind) {
        case Value::Kind::absent:
            json.Null();
            break;
        case Value::Kind::flag:
            json.Bool(value.integer != 0);
            break;
        case Value::Kind::integer:
            // Only counts can be negative (nice); an address has its top bit set.
            column.unit == Unit::count ? json.Int64(value.integer)
                                       : json.Uint64(static_cast<std::uint64_t>(value.integer));
            break;
        case Value::Kind::text:
            put_text(json, Printable(value.text).view());
            break;
    }
}

}  // namespace tsa
