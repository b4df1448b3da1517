// SPDX-License-Identifier: MIT
// Keys and values for RapidJSON's writer, used by the writers in this directory: absent is null, text is made valid
// UTF-8 first.
#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/columns.h"
#include "text/sanitize.h"

namespace tsa {

using Json = rapidjson::Writer<rapidjson::StringBuffer>;

// For any writer of RapidJSON: compact, or indented.
template <class AnyJson>
void put_key(AnyJson& json, std::string_view key) {
    json.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
}

template <class AnyJson>
void put_text(AnyJson& json, std::string_view text) {
    json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

template <class AnyJson>
void put(AnyJson& json, std::string_view key, std::uint64_t value) {
    put_key(json, key);
    json.Uint64(value);
}

template <class AnyJson>
void put(AnyJson& json, std::string_view key, const std::optional<std::uint64_t>& value) {
    put_key(json, key);
    value ? json.Uint64(*value) : json.Null();
}

template <class AnyJson>
void put(AnyJson& json, std::string_view key, const std::optional<double>& value) {
    put_key(json, key);
    // JSON has neither NaN nor infinity.
    value&& std::isfinite(*value) ? json.Double(*value) : json.Null();
}

template <class AnyJson>
void put(AnyJson& json, std::string_view key, const std::optional<int>& value) {
    put_key(json, key);
    value ? json.Int(*value) : json.Null();
}

template <class AnyJson>
void put_flag(AnyJson& json, std::string_view key, bool value) {
    put_key(json, key);
    json.Bool(value);
}

/// Names of unknown origin: made printable.
template <class AnyJson>
void put_name(AnyJson& json, std::string_view key, std::string_view raw) {
    put_key(json, key);
    put_text(json, printable(raw));
}

/// Null when it is empty.
template <class AnyJson>
void put_name_or_null(AnyJson& json, std::string_view key, std::string_view raw) {
    if (!raw.empty()) {
        put_name(json, key, raw);
        return;
    }
    put_key(json, key);
    json.Null();
}

/// A cell of a column table; names are made printable.
void put_value(Json& json, const Column& column, const Value& value);

}  // namespace tsa
