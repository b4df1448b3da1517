// SPDX-License-Identifier: MIT
// See stack_exports.h. The numbers of the fields are those of
// https://github.com/google/pprof/blob/main/proto/profile.proto
#include <zlib.h>

#include <array>
#include <map>
#include <utility>

#include "output/protobuf.h"
#include "output/stack_export_text.h"

namespace tsa {

namespace {

// Fields of messages.
namespace profile_field {
constexpr std::uint32_t kSampleType = 1, kSample = 2, kLocation = 4, kFunction = 5, kString = 6, kTimeNs = 9,
                        kDurationNs = 10, kComment = 13, kDefaultSampleType = 14;
}
constexpr std::uint32_t kType = 1, kUnit = 2;                             // of ValueType
constexpr std::uint32_t kLocationId = 1, kValue = 2, kLabel = 3;          // of Sample
constexpr std::uint32_t kLabelKey = 1, kLabelText = 2, kLabelNumber = 3;  // of Label
constexpr std::uint32_t kId = 1, kLine = 4;                               // of Location
constexpr std::uint32_t kFunctionId = 1;                                  // of Line
constexpr std::uint32_t kName = 2, kSystemName = 3;                       // of Function

/// Texts by number; the first one is empty.
class Strings {
  public:
    std::uint64_t of(std::string_view text) {
        const auto [place, is_new] = numbers_.try_emplace(std::string(text), numbers_.size());
        if (is_new) {
            texts_.push_back(place->first);
        }
        return place->second;
    }
    void put(ProtobufMessage& out) const {
        for (const std::string& text : texts_) {
            out.bytes(profile_field::kString, text);
        }
    }

  private:
    std::map<std::string, std::uint64_t> numbers_{{"", 0}};
    std::vector<std::string> texts_{""};
};

/// One location with one function for each name.
class Functions {
  public:
    explicit Functions(Strings& strings) : strings_(strings) {}
    std::uint64_t of(std::string_view name) {
        return ids_.try_emplace(strings_.of(name), ids_.size() + 1).first->second;
    }
    void put(ProtobufMessage& out) const {
        for (const auto& [name, id] : ids_) {
            ProtobufMessage line;
            line.number(kFunctionId, id);
            ProtobufMessage location;
            location.number(kId, id);
            location.bytes(kLine, line.encoded());
            out.bytes(profile_field::kLocation, location.encoded());
            ProtobufMessage function;
            function.number(kId, id);
            function.number(kName, name);
            function.number(kSystemName, name);
            out.bytes(profile_field::kFunction, function.encoded());
        }
    }

  private:
    Strings& strings_;
    std::map<std::uint64_t, std::uint64_t> ids_;
};

std::string label(Strings& strings, std::string_view key, std::string_view text, std::uint64_t number) {
    ProtobufMessage out;
    out.number(kLabelKey, strings.of(key));
    out.number(kLabelText, text.empty() ? 0 : strings.of(text));
    out.number(kLabelNumber, number);
    return out.encoded();
}

/// A thread's times with one stack, in the order of the states.
using Samples = std::map<std::pair<const RecordedStack*, std::pair<std::uint64_t, std::uint32_t>>,
                         std::pair<const StackSum*, std::vector<std::uint64_t>>>;

Samples samples_of(const StackProfile& profile, const StackExportContext& context,
                   const std::vector<ThreadState>& states) {
    Samples samples;
    for (const StackSum& sum : profile.sums()) {
        if (is_exported(sum, context)) {
            auto& [first, values] = samples[{sum.stack.get(), {sum.thread.start_time_ns, sum.thread.tid}}];
            first = first == nullptr ? &sum : first;
            values.resize(states.size());
            values[static_cast<std::size_t>(std::ranges::find(states, sum.state) - states.begin())] += sum.total_ns;
        }
    }
    return samples;
}

void put_samples(ProtobufMessage& out, const StackProfile& profile, const Samples& samples, Strings& strings,
                 Functions& functions) {
    for (const auto& [key, sample] : samples) {
        const StackSum& sum = *sample.first;
        std::vector<std::uint64_t> locations;
        for (const std::string_view frame : frames_of(*sum.stack)) {
            locations.push_back(functions.of(printable(frame)));
        }
        const std::string thread = thread_frame(profile, sum.thread);
        locations.push_back(functions.of(thread));
        ProtobufMessage message;
        message.numbers(kLocationId, locations);
        message.numbers(kValue, sample.second);
        message.bytes(kLabel, label(strings, "thread", thread, 0));
        message.bytes(kLabel, label(strings, "tid", {}, sum.thread.tid));
        out.bytes(profile_field::kSample, message.encoded());
    }
}

/// The state with the most time is what pprof shows first.
std::uint64_t state_with_most(const Samples& samples, const std::vector<ThreadState>& states, Strings& strings) {
    std::vector<std::uint64_t> totals(states.size());
    for (const auto& [key, sample] : samples) {
        for (std::size_t at = 0; at < totals.size(); ++at) {
            totals[at] += sample.second[at];
        }
    }
    const auto most = std::ranges::max_element(totals);
    return most != totals.end() ? strings.of(info(states[static_cast<std::size_t>(most - totals.begin())]).key) : 0;
}

Result<std::string> gzipped(const std::string& bytes) {
    constexpr int kWindowWithGzip = MAX_WBITS + 16;
    constexpr int kMemoryLevel = 8;
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kWindowWithGzip, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        return Error{"compress the profile: out of memory", {}, 0};
    }
    std::string out;
    std::string input = bytes;
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    std::array<char, 1U << 16U> piece{};
    int step = Z_OK;
    while (step == Z_OK) {
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = static_cast<uInt>(piece.size());
        step = deflate(&stream, Z_FINISH);
        out.append(piece.data(), piece.size() - stream.avail_out);
    }
    deflateEnd(&stream);
    return step == Z_STREAM_END ? Result<std::string>(std::move(out))
                                : Result<std::string>(Error{"compress the profile: it fails", {}, 0});
}

}  // namespace

Result<std::string> write_pprof(const StackProfile& profile, const StackExportContext& context) {
    const std::vector<ThreadState> states = exported_states(profile, context);
    const Samples samples = samples_of(profile, context, states);
    Strings strings;
    Functions functions(strings);
    ProtobufMessage out;
    for (const ThreadState state : states) {
        ProtobufMessage type;
        type.number(kType, strings.of(info(state).key));
        type.number(kUnit, strings.of("nanoseconds"));
        out.bytes(profile_field::kSampleType, type.encoded());
    }
    put_samples(out, profile, samples, strings, functions);
    functions.put(out);
    out.number(profile_field::kTimeNs, context.begin_unix_ns);
    out.number(profile_field::kDurationNs, context.duration_ns);
    out.number(profile_field::kDefaultSampleType, state_with_most(samples, states, strings));
    out.number(profile_field::kComment, strings.of("rstat-tsa: " + printable(context.title)));
    strings.put(out);
    return gzipped(out.encoded());
}

}  // namespace tsa
