// SPDX-License-Identifier: MIT
// Time by stack in the formats of other programs, from a literal profile. pprof's is decoded here field by field, as
// profile.proto numbers them.
#include "output/stack_exports.h"
#include "support/strict_json.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include <array>
#include <map>
#include <string>
#include <vector>

namespace tsa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

void add(StackProfile& profile, std::uint32_t tid, ThreadState state, const std::shared_ptr<const RecordedStack>& stack,
         std::uint64_t ns) {
    StackWaits waits;
    waits.thread = {tid, 1};
    waits.state = state;
    waits.stack = stack;
    waits.count = 1;
    waits.total_ns = ns;
    waits.max_ns = ns;
    profile.add(waits);
}

StackProfile example() {
    StackProfile profile;
    const auto read = std::make_shared<const RecordedStack>(RecordedStack{StackKind::whole, "sys_read_[k];read;main"});
    const auto lock = std::make_shared<const RecordedStack>(RecordedStack{StackKind::cut, "lock;\"quoted\""});
    const auto none = std::make_shared<const RecordedStack>(RecordedStack{StackKind::shorter, {}});
    add(profile, 4, ThreadState::sleep, read, 100);
    add(profile, 5, ThreadState::sleep, read, 50);
    add(profile, 4, ThreadState::lock_wait, lock, 7);
    add(profile, 4, ThreadState::lock_wait, none, 1);
    profile.name({4, 1}, "wor;ker\n");
    profile.name({5, 1}, "other");
    return profile;
}

TEST(StackExports, folded_lines_are_outermost_first_under_the_state_and_the_name) {
    EXPECT_EQ(write_folded(example(), {}),
              "lock_wait;wor:ker\\x0a;(not unwound further);\"quoted\";lock 7\n"
              "lock_wait;wor:ker\\x0a;(waits shorter than 1 ms) 1\n"
              "sleep;other;main;read;sys_read_[k] 50\n"
              "sleep;wor:ker\\x0a;main;read;sys_read_[k] 100\n");
}

TEST(StackExports, of_one_state_the_state_is_left_out) {
    StackExportContext context;
    context.state = ThreadState::sleep;
    EXPECT_EQ(write_folded(example(), context),
              "other;main;read;sys_read_[k] 50\n"
              "wor:ker\\x0a;main;read;sys_read_[k] 100\n");
}

TEST(StackExports, speedscope_has_a_profile_for_each_state_that_adds_up) {
    rapidjson::Document json;
    json.Parse(write_speedscope(example(), {}).c_str());
    ASSERT_FALSE(json.HasParseError());
    EXPECT_STREQ(json["$schema"].GetString(), "https://www.speedscope.app/file-format-schema.json");
    const auto& profiles = json["profiles"];
    ASSERT_EQ(profiles.Size(), 2U);
    std::map<std::string, std::uint64_t> totals;
    for (const auto& profile : profiles.GetArray()) {
        EXPECT_STREQ(profile["type"].GetString(), "sampled");
        EXPECT_STREQ(profile["unit"].GetString(), "nanoseconds");
        ASSERT_EQ(profile["samples"].Size(), profile["weights"].Size());
        std::uint64_t sum = 0;
        for (const auto& weight : profile["weights"].GetArray()) {
            sum += weight.GetUint64();
        }
        EXPECT_EQ(sum, profile["endValue"].GetUint64());
        totals[profile["name"].GetString()] = sum;
        for (const auto& sample : profile["samples"].GetArray()) {
            for (const auto& frame : sample.GetArray()) {
                EXPECT_LT(frame.GetUint64(), json["shared"]["frames"].Size());
            }
        }
    }
    EXPECT_EQ(totals, (std::map<std::string, std::uint64_t>{{"sleep", 150}, {"lock_wait", 8}}));
}

std::string gunzipped(std::string packed) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    std::string out(1U << 16U, '\0');
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(out.size() - stream.avail_out);
    inflateEnd(&stream);
    return out;
}

/// The fields of a message: by number the values, in order.
struct Message {
    std::map<std::uint64_t, std::vector<std::uint64_t>> numbers;
    std::map<std::uint64_t, std::vector<std::string>> bytes;
};

std::uint64_t take_varint(std::string_view& text) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; !text.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(text.front());
        text.remove_prefix(1);
        value |= std::uint64_t{byte & 0x7fU} << shift;
        if ((byte & 0x80U) == 0) {
            break;
        }
    }
    return value;
}

Message decoded(std::string_view text) {
    Message out;
    while (!text.empty()) {
        const std::uint64_t key = take_varint(text);
        if (key % 8 == 0) {
            out.numbers[key / 8].push_back(take_varint(text));
        } else {
            EXPECT_EQ(key % 8, 2U);
            const std::uint64_t size = take_varint(text);
            out.bytes[key / 8].emplace_back(text.substr(0, size));
            text.remove_prefix(size);
        }
    }
    return out;
}

std::vector<std::uint64_t> packed_numbers(std::string_view text) {
    std::vector<std::uint64_t> out;
    while (!text.empty()) {
        out.push_back(take_varint(text));
    }
    return out;
}

TEST(StackExports, pprof_has_a_sample_type_for_each_state_and_functions_innermost_first) {
    const auto packed = write_pprof(example(), {});
    ASSERT_TRUE(packed.ok());
    const Message profile = decoded(gunzipped(packed.value()));
    const std::vector<std::string>& strings = profile.bytes.at(6);
    EXPECT_EQ(strings.at(0), "") << "the first one always is";
    std::vector<std::string> types;
    for (const std::string& type : profile.bytes.at(1)) {
        const Message one = decoded(type);
        types.push_back(strings.at(one.numbers.at(1).at(0)));
        EXPECT_EQ(strings.at(one.numbers.at(2).at(0)), "nanoseconds");
    }
    EXPECT_THAT(types, ElementsAre("lock_wait", "sleep"));
    EXPECT_EQ(strings.at(profile.numbers.at(14).at(0)), "sleep") << "the one with the most time is shown first";
    std::map<std::uint64_t, std::string> functions;
    for (const std::string& function : profile.bytes.at(5)) {
        const Message one = decoded(function);
        functions[one.numbers.at(1).at(0)] = strings.at(one.numbers.at(2).at(0));
    }
    std::vector<std::uint64_t> sums(2);
    bool found = false;
    for (const std::string& sample : profile.bytes.at(2)) {
        const Message one = decoded(sample);
        std::vector<std::string> names;
        for (const std::uint64_t location : packed_numbers(one.bytes.at(1).at(0))) {
            names.push_back(functions.at(location));
        }
        const std::vector<std::uint64_t> values = packed_numbers(one.bytes.at(2).at(0));
        ASSERT_EQ(values.size(), 2U);
        sums[0] += values[0];
        sums[1] += values[1];
        found |= names == std::vector<std::string>{"sys_read_[k]", "read", "main", "other"};
    }
    EXPECT_TRUE(found);
    EXPECT_THAT(sums, ElementsAre(8, 150));
    EXPECT_EQ(profile.bytes.at(4).size(), profile.bytes.at(5).size()) << "a location per function";
}

}  // namespace
}  // namespace tsa
