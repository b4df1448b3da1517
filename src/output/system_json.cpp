// SPDX-License-Identifier: MIT
// See system_json.h.
#include "output/system_json.h"

#include "text/sanitize.h"

namespace tsa {

namespace {

// In a table, CPUs are a list in numeric order; in JSON each entry has its CPU number.
void put_per_cpu(Json& json, const SystemRow& system) {
    if (system.per_cpu.empty()) {
        json.Null();
        return;
    }
    json.StartArray();
    for (const CpuShare& share : system.per_cpu) {
        json.StartObject();
        put(json, "cpu", std::uint64_t{share.cpu});
        put(json, "busy_pct", std::optional(share.busy_pct));
        json.EndObject();
    }
    json.EndArray();
}

void put_cell(Json& json, const SystemColumn& column, const SystemValue& value) {
    switch (value.kind) {
        case SystemValue::Kind::absent:
            json.Null();
            break;
        case SystemValue::Kind::integer:
            json.Uint64(value.integer);
            break;
        case SystemValue::Kind::real:
            json.Double(value.real);
            break;
        case SystemValue::Kind::text:
            column.unit == SystemUnit::json
                ? static_cast<void>(json.RawValue(value.text.data(), value.text.size(), rapidjson::kArrayType))
                : put_text(json, Printable(value.text).view());
            break;
    }
}

}  // namespace

std::string_view json_key(const SystemColumn& column) {
    constexpr std::string_view kOwn = "own_";
    return column.group == SystemGroup::own ? column.key.substr(kOwn.size()) : column.key;
}

void put_system_columns(Json& json, const Report& report, SystemGroup group, fmt::memory_buffer& scratch) {
    for (const SystemColumn& column : system_columns()) {
        if (column.group != group) {
            continue;
        }
        put_key(json, json_key(column));
        if (column.key == "per_cpu") {
            put_per_cpu(json, report.system);
        } else {
            put_cell(json, column, column.get(report, scratch));
        }
    }
}

}  // namespace tsa
