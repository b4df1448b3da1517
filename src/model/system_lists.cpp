// See system_lists.h.
#include "model/system_lists.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

namespace tsa {

namespace {

// Without recursion: a cell of a damaged file may nest as deep as it is long. To the last bit of a number.
bool parse_list(const SystemValue& value, rapidjson::Document& document) {
    if (value.kind != SystemValue::Kind::text) {
        return false;
    }
    document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag>(value.text.data(),
                                                                                        value.text.size());
    return !document.HasParseError() && document.IsArray();
}

SystemValue list_of(fmt::memory_buffer& scratch) {
    return {.kind = SystemValue::Kind::text, .text = {scratch.data(), scratch.size()}};
}

void put(fmt::memory_buffer& out, std::string_view text) {
    out.append(text.data(), text.data() + text.size());
}

void put_number(fmt::memory_buffer& out, const std::optional<double>& value) {
    value&& std::isfinite(*value) ? static_cast<void>(fmt::format_to(std::back_inserter(out), "{}", *value))
                                  : put(out, "null");
}

void put_number(fmt::memory_buffer& out, const std::optional<std::uint64_t>& value) {
    value ? static_cast<void>(fmt::format_to(std::back_inserter(out), "{}", *value)) : put(out, "null");
}

void put_string(fmt::memory_buffer& out, std::string_view text) {
    out.push_back('"');
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < ' ' || byte > '~') {
            fmt::format_to(std::back_inserter(out), "\\\\x{:02x}", byte);
            continue;
        }
        if (c == '"' || c == '\\') {
            out.push_back('\\');
        }
        out.push_back(c);
    }
    out.push_back('"');
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

/// Gpu::driver is a literal: one of those that src/system knows.
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
    scratch.clear();
    std::size_t next = 0;
    for (const CpuShare& share : report.system.per_cpu) {
        if (share.cpu < next || share.cpu >= kMaxListedCpus) {
            continue;
        }
        for (; next < share.cpu; ++next) {
            put(scratch, next == 0 ? "[null" : ",null");
        }
        scratch.push_back(next == 0 ? '[' : ',');
        put_number(scratch, std::optional(share.busy_pct));
        ++next;
    }
    if (next == 0) {
        return {};
    }
    scratch.push_back(']');
    return list_of(scratch);
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
    scratch.clear();
    for (std::size_t i = 0; i < gpus.size() && i < kMaxListedGpus; ++i) {
        const Gpu& gpu = gpus[i];
        put(scratch, i == 0 ? "[{\"name\":" : ",{\"name\":");
        put_string(scratch, gpu.name.view());
        put(scratch, ",\"driver\":");
        put_string(scratch, gpu.driver);
        put(scratch, gpu.asleep ? ",\"asleep\":true" : ",\"asleep\":false");
        for (const auto& [key, number] : {std::pair{"busy_pct", &gpu.busy_pct}, std::pair{"mhz", &gpu.mhz},
                                          std::pair{"temperature_c", &gpu.temperature_c}}) {
            fmt::format_to(std::back_inserter(scratch), ",\"{}\":", key);
            put_number(scratch, *number);
        }
        put(scratch, ",\"memory_used_bytes\":");
        put_number(scratch, gpu.memory_used_bytes);
        put(scratch, ",\"memory_total_bytes\":");
        put_number(scratch, gpu.memory_total_bytes);
        scratch.push_back('}');
    }
    scratch.push_back(']');
    return list_of(scratch);
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
    scratch.clear();
    scratch.push_back('[');
    for (std::size_t i = 0; i < kThrottleReasons; ++i) {
        if ((*reasons >> i & 1U) != 0) {
            put(scratch, scratch.size() == 1 ? "\"" : ",\"");
            put(scratch, throttle_reason_key(static_cast<ThrottleReason>(i)));
            scratch.push_back('"');
        }
    }
    scratch.push_back(']');
    return list_of(scratch);
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
