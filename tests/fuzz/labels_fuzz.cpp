// SPDX-License-Identifier: MIT
// Files of labels, and rules on hostile names of functions. The first byte chooses: a file; or a stack, one function a
// line, for the built-in rules.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "labels/bare_name.h"
#include "labels/label_file.h"
#include "labels/label_sources.h"

namespace {

std::vector<tsa::StackFrame> stack_of(std::string_view text) {
    constexpr std::size_t kMaxFrames = 128;
    constexpr std::size_t kMaxNameBytes = 240;
    std::vector<tsa::StackFrame> frames;
    while (!text.empty() && frames.size() < kMaxFrames) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        frames.emplace_back().function = std::string(text.substr(0, std::min(end, kMaxNameBytes)));
        frames.back().module = frames.size() % 2 == 0 ? "libc.so.6" : "prog";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return frames;
}

void read_file(std::string_view text) {
    auto rules = tsa::read_label_file(text, "fuzz.toml");
    if (!rules.ok()) {
        return;
    }
    tsa::LabelTable table;
    table.add(std::move(rules).value());
    (void)table.find(stack_of(text));
}

void label_stack(std::string_view text) {
    static const tsa::LabelSources sources = tsa::read_labels({});
    const std::vector<tsa::StackFrame> frames = stack_of(text);
    for (const tsa::StackFrame& frame : frames) {
        if (tsa::bare_name(frame.function).size() > frame.function.size()) {
            std::abort();
        }
    }
    (void)sources.table.find(frames);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    data[0] % 2 == 0 ? read_file(bytes) : label_stack(bytes);
    return 0;
}
