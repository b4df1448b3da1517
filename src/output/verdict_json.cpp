// SPDX-License-Identifier: MIT
// See verdict_json.h.
#include "output/verdict_json.h"

#include <optional>

namespace tsa {

namespace {

void put_culprit(Json& json, const std::optional<Culprit>& culprit) {
    put_key(json, "culprit");
    if (!culprit) {
        json.Null();
        return;
    }
    const auto number = [](std::uint32_t id) { return id != 0 ? std::optional<std::uint64_t>(id) : std::nullopt; };
    json.StartObject();
    put(json, "tid", number(culprit->tid));
    put(json, "tgid", number(culprit->tgid));
    put_name(json, "name", culprit->name);
    json.EndObject();
}

}  // namespace

void put_verdict(Json& json, const DelayVerdict* verdict) {
    put_key(json, "verdict");
    if (verdict == nullptr) {
        json.Null();
        return;
    }
    json.StartObject();
    put_key(json, "cause");
    put_text(json, key_of(verdict->cause));
    put(json, "share", std::optional(verdict->share));
    put_culprit(json, verdict->culprit);
    put_key(json, "text");
    put_text(json, verdict->text);
    json.EndObject();
}

}  // namespace tsa
