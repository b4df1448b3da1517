// SPDX-License-Identifier: MIT
// See stack_exports.h: https://www.speedscope.app/file-format-schema.json, one "sampled" profile per state.
#include <map>

#include "output/json.h"
#include "output/stack_export_text.h"

namespace tsa {

namespace {

/// Numbers of the names, in the order of their first use.
class FrameNumbers {
  public:
    std::size_t of(const std::string& name) {
        const auto [place, is_new] = numbers_.try_emplace(name, names_.size());
        if (is_new) {
            names_.push_back(name);
        }
        return place->second;
    }
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

  private:
    std::map<std::string, std::size_t> numbers_;
    std::vector<std::string> names_;
};

/// Sums of one state, by frames, outermost first.
using Weights = std::map<std::vector<std::size_t>, std::uint64_t>;

void put_profile(Json& json, ThreadState state, const Weights& weights) {
    std::uint64_t total_ns = 0;
    json.StartObject();
    put_key(json, "type");
    put_text(json, "sampled");
    put_key(json, "name");
    put_text(json, info(state).key);
    put_key(json, "unit");
    put_text(json, "nanoseconds");
    put(json, "startValue", std::uint64_t{0});
    put_key(json, "samples");
    json.StartArray();
    for (const auto& [frames, ns] : weights) {
        json.StartArray();
        for (const std::size_t frame : frames) {
            json.Uint64(frame);
        }
        json.EndArray();
        total_ns += ns;
    }
    json.EndArray();
    put_key(json, "weights");
    json.StartArray();
    for (const auto& [frames, ns] : weights) {
        json.Uint64(ns);
    }
    json.EndArray();
    put(json, "endValue", total_ns);
    json.EndObject();
}

void put_frames(Json& json, const FrameNumbers& numbers) {
    put_key(json, "shared");
    json.StartObject();
    put_key(json, "frames");
    json.StartArray();
    for (const std::string& name : numbers.names()) {
        json.StartObject();
        put_key(json, "name");
        put_text(json, name);
        json.EndObject();
    }
    json.EndArray();
    json.EndObject();
}

}  // namespace

std::string write_speedscope(const StackProfile& profile, const StackExportContext& context) {
    FrameNumbers numbers;
    std::map<ThreadState, Weights> weights;
    for (const StackSum& sum : profile.sums()) {
        if (is_exported(sum, context)) {
            std::vector<std::size_t> frames;
            for (const std::string& frame : rooted_frames(profile, sum)) {
                frames.push_back(numbers.of(frame));
            }
            weights[sum.state][std::move(frames)] += sum.total_ns;
        }
    }
    rapidjson::StringBuffer buffer;
    Json json(buffer);
    json.StartObject();
    put_key(json, "$schema");
    put_text(json, "https://www.speedscope.app/file-format-schema.json");
    put_key(json, "exporter");
    put_text(json, "rstat-tsa");
    put_key(json, "name");
    put_text(json, printable(context.title));
    put_frames(json, numbers);
    put_key(json, "profiles");
    json.StartArray();
    for (const auto& [state, of_state] : weights) {
        put_profile(json, state, of_state);
    }
    json.EndArray();
    json.EndObject();
    return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace tsa
