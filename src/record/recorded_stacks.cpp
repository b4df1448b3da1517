// SPDX-License-Identifier: MIT
// See recorded_stacks.h.
#include "record/recorded_stacks.h"

#include <utility>

#include "record/file_names.h"
#include "record/stack_lines.h"

namespace tsa {

Result<std::optional<RecordedStacks>> RecordedStacks::open(const std::string& directory) {
    const PerTable<FilesBySegment> files = TRY(list_table_files(directory));
    RecordedStacks out;
    for (const auto& [segment, file] : files[index(RecordedTable::waits)]) {
        out.wait_files_.push_back(TRY(open_table(file)));
    }
    if (out.wait_files_.empty()) {
        return std::optional<RecordedStacks>();
    }
    for (const auto& [segment, file] : files[index(RecordedTable::stacks)]) {
        TableSource stacks = TRY(open_table(file));
        TRY(out.read_stacks(stacks));
    }
    return std::optional<RecordedStacks>(std::move(out));
}

Result<void> RecordedStacks::read_stacks(TableSource& file) {
    LineReader reader;
    return read_lines(
        file,
        [&reader](std::string_view header) -> Result<void> {
            reader = TRY(LineReader::create(header, kStackColumns));
            return {};
        },
        [&](std::string_view text) -> Result<void> {
            auto line = read_stack_line(reader, text);
            if (line && !stacks_.contains(line->id)) {
                const std::string key(info(line->stack.kind).key);
                std::shared_ptr<const RecordedStack>& shared = texts_[key + " " + line->stack.frames];
                shared = shared != nullptr ? shared : std::make_shared<const RecordedStack>(std::move(line->stack));
                stacks_.emplace(line->id, shared);
            }
            bad_lines_ += line ? 0 : 1;
            return {};
        });
}

Result<void> RecordedStacks::read_waits(TableSource& file,
                                        const std::function<Result<void>(const RecordedWaits&)>& take) {
    static const auto kUnknown = std::make_shared<const RecordedStack>(RecordedStack{StackKind::not_copied, {}});
    LineReader reader;
    return read_lines(
        file,
        [&reader](std::string_view header) -> Result<void> {
            reader = TRY(LineReader::create(header, kWaitColumns));
            return {};
        },
        [&](std::string_view text) -> Result<void> {
            auto line = read_wait_line(reader, text);
            if (!line) {
                ++bad_lines_;
                return {};
            }
            const auto stack = stacks_.find(line->stack_id);
            line->waits.stack = stack != stacks_.end() ? stack->second : kUnknown;
            return take({line->time_unix_ns, std::move(line->waits)});
        });
}

Result<void> RecordedStacks::for_each(const std::function<Result<void>(const RecordedWaits&)>& take) {
    for (TableSource& file : wait_files_) {
        TRY(read_waits(file, take));
    }
    return {};
}

}  // namespace tsa
