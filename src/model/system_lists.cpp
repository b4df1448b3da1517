// SPDX-License-Identifier: MIT
// See system_lists.h.
#include "model/system_lists.h"

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace tsa {

namespace {

// Without recursion: a cell of a damaged file may nest as deep as it is long. Numbers with full precision.
bool parse_list(const SystemValue& value, rapidjson::Document& document) {
    if (value.kind != SystemValue::Kind::text) {
        return false;
    }
    document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag>(value.text.data(),
                                                                                        value.text.size());
    return !document.HasParseError() && document.IsArray();
}

/// Appends to a buffer that the caller owns.
struct BufferStream {
    using Ch = char;
    fmt::memory_buffer& out;

    void Put(char c) { out.push_back(c); }  // NOLINT(readability-identifier-naming): RapidJSON calls it
    void Flush() {}                         // NOLINT(readability-identifier-naming): likewise
};

/// Writes one list. Its memory is a member: nothing is allocated.
class ListWriter {
  public:
    using Json =
        rapidjson::Writer<BufferStream, rapidjson::UTF8<>, rapidjson::UTF8<>, rapidjson::MemoryPoolAllocator<>>;

    explicit ListWriter(fmt::memory_buffer& scratch) : stream_{scratch} {
        scratch.clear();
        json_.StartArray();
    }
    [[nodiscard]] Json& json() { return json_; }
    [[nodiscard]] SystemValue finish() {
        json_.EndArray();
        return {.kind = SystemValue::Kind::text, .text = {stream_.out.data(), stream_.out.size()}};
    }

  private:
    static constexpr std::size_t kLevels = 2;  // objects in a list
    static constexpr std::size_t kPoolBytes = 512;

    alignas(std::max_align_t) std::array<char, kPoolBytes> memory_;
    rapidjson::MemoryPoolAllocator<> pool_{memory_.data(), memory_.size()};
    BufferStream stream_;
    Json json_{stream_, &pool_, kLevels};
};

using Json = ListWriter::Json;

void put_number(Json& json, const std::optional<double>& value) {
    value&& std::isfinite(*value) ? json.Double(*value) : json.Null();
}

void put_number(Json& json, const std::optional<std::uint64_t>& value) {
    value ? json.Uint64(*value) : json.Null();
}

/// A device's name; characters that are not printable ASCII are escaped as \x1b.
void put_name(Json& json, std::string_view name) {
    constexpr std::size_t kMaxEscape = 4;
    std::array<char, sizeof(DeviceName) * kMaxEscape> text;
    char* end = text.data();
    for (const char c : name.substr(0, sizeof(DeviceName))) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < ' ' || byte > '~') {
            end = fmt::format_to(end, "\\x{:02x}", byte);
        } else {
            *end++ = c;
        }
    }
    json.String(text.data(), static_cast<rapidjson::SizeType>(end - text.data()));
}

// A member that may be absent.
using Member = rapidjson::Value;

std::optional<double> real_of(const Member& object, const char* key) {
    const auto found = object.FindMember(key);
    return found != object.MemberEnd() && found->value.IsNumber() ? std::optional(found->value.GetDouble())
                                                                  : std::nullopt;
}

std::optional<std::uint64_t> integer_of(const Member& object, const char* key) {
    const auto found = object.FindMember(key);
    return found != object.MemberEnd() && found->value.IsUint64() ? std::optional(found->value.GetUint64())
                                                                  : std::nullopt;
}

std::string_view text_of(const Member& object, const char* key) {
    const auto found = object.FindMember(key);
    return found != object.MemberEnd() && found->value.IsString()
               ? std::string_view(found->value.GetString(), found->value.GetStringLength())
               : std::string_view();
}

/// Gpu::driver is a literal: one of those in src/system.
std::string_view driver_literal(std::string_view name) {
    constexpr std::array<std::string_view, 4> kDrivers{"i915", "xe", "amdgpu", "nvidia"};
    const auto* found = std::ranges::find(kDrivers, name);
    return found != kDrivers.end() ? *found : std::string_view();
}

Gpu gpu_of(const Member& object) {
    Gpu gpu;
    gpu.name = DeviceName(text_of(object, "name"));
    gpu.driver = driver_literal(text_of(object, "driver"));
    const auto asleep = object.FindMember("asleep");
    gpu.asleep = asleep != object.MemberEnd() && asleep->value.IsTrue();
    gpu.busy_pct = real_of(object, "busy_pct");
    gpu.mhz = real_of(object, "mhz");
    gpu.temperature_c = real_of(object, "temperature_c");
    gpu.memory_used_bytes = integer_of(object, "memory_used_bytes");
    gpu.memory_total_bytes = integer_of(object, "memory_total_bytes");
    return gpu;
}

}  // namespace

SystemValue get_per_cpu(const Report& report, fmt::memory_buffer& scratch) {
    ListWriter list(scratch);
    std::size_t next = 0;
    for (const CpuShare& share : report.system.per_cpu) {
        if (share.cpu < next || share.cpu >= kMaxListedCpus) {
            continue;
        }
        for (; next < share.cpu; ++next) {
            list.json().Null();
        }
        put_number(list.json(), std::optional(share.busy_pct));
        ++next;
    }
    return next == 0 ? SystemValue{} : list.finish();
}

void set_per_cpu(Report& report, const SystemValue& value) {
    rapidjson::Document list;
    if (!parse_list(value, list)) {
        return;
    }
    for (rapidjson::SizeType cpu = 0; cpu < list.Size() && cpu < kMaxListedCpus; ++cpu) {
        if (list[cpu].IsNumber()) {
            report.system.per_cpu.push_back({cpu, list[cpu].GetDouble()});
        }
    }
}

SystemValue get_gpus(const Report& report, fmt::memory_buffer& scratch) {
    const std::vector<Gpu>& gpus = report.system.now.gpus;
    if (gpus.empty()) {
        return {};
    }
    ListWriter list(scratch);
    Json& json = list.json();
    for (std::size_t i = 0; i < gpus.size() && i < kMaxListedGpus; ++i) {
        const Gpu& gpu = gpus[i];
        json.StartObject();
        json.Key("name");
        put_name(json, gpu.name.view());
        json.Key("driver");
        put_name(json, gpu.driver);
        json.Key("asleep");
        json.Bool(gpu.asleep);
        for (const auto& [key, number] : {std::pair{"busy_pct", &gpu.busy_pct}, std::pair{"mhz", &gpu.mhz},
                                          std::pair{"temperature_c", &gpu.temperature_c}}) {
            json.Key(key);
            put_number(json, *number);
        }
        json.Key("memory_used_bytes");
        put_number(json, gpu.memory_used_bytes);
        json.Key("memory_total_bytes");
        put_number(json, gpu.memory_total_bytes);
        json.EndObject();
    }
    return list.finish();
}

void set_gpus(Report& report, const SystemValue& value) {
    rapidjson::Document list;
    if (!parse_list(value, list)) {
        return;
    }
    for (rapidjson::SizeType i = 0; i < list.Size() && i < kMaxListedGpus; ++i) {
        if (list[i].IsObject()) {
            report.system.now.gpus.push_back(gpu_of(list[i]));
        }
    }
}

SystemValue get_throttle_reasons(const Report& report, fmt::memory_buffer& scratch) {
    const std::optional<std::uint8_t>& reasons = report.system.now.throttle_reasons;
    if (!reasons) {
        return {};
    }
    ListWriter list(scratch);
    for (std::size_t i = 0; i < kThrottleReasons; ++i) {
        if ((*reasons >> i & 1U) != 0) {
            const std::string_view key = throttle_reason_key(static_cast<ThrottleReason>(i));
            list.json().String(key.data(), static_cast<rapidjson::SizeType>(key.size()));
        }
    }
    return list.finish();
}

void set_throttle_reasons(Report& report, const SystemValue& value) {
    rapidjson::Document list;
    if (!parse_list(value, list)) {
        return;
    }
    unsigned reasons = 0;
    for (const auto& item : list.GetArray()) {
        for (std::size_t i = 0; i < kThrottleReasons; ++i) {
            const std::string_view key = throttle_reason_key(static_cast<ThrottleReason>(i));
            if (item.IsString() && key == std::string_view(item.GetString(), item.GetStringLength())) {
                reasons |= 1U << i;
            }
        }
    }
    report.system.now.throttle_reasons = static_cast<std::uint8_t>(reasons);
}

}  // namespace tsa
