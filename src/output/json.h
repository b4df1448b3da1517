// Keys and values for RapidJSON's writer, used by the writers of this folder: absent is null, text is made valid UTF-8
// first.
#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/columns.h"

namespace tsa {

using Json = rapidjson::Writer<rapidjson::StringBuffer>;

inline void put_key(Json& json, std::string_view key) {
    json.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
}

inline void put_text(Json& json, std::string_view text) {
    json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

inline void put(Json& json, std::string_view key, std::uint64_t value) {
    put_key(json, key);
    json.Uint64(value);
}

inline void put(Json& json, std::string_view key, const std::optional<std::uint64_t>& value) {
    put_key(json, key);
    value ? json.Uint64(*value) : json.Null();
}

inline void put(Json& json, std::string_view key, const std::optional<double>& value) {
    put_key(json, key);
    // JSON has neither NaN nor infinity.
    value&& std::isfinite(*value) ? json.Double(*value) : json.Null();
}

inline void put(Json& json, std::string_view key, const std::optional<int>& value) {
    put_key(json, key);
    value ? json.Int(*value) : json.Null();
}

/// A cell of a column table; names are made printable.
void put_value(Json& json, const Column& column, const Value& value);

}  // namespace tsa
