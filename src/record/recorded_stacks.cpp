// SPDX-License-Identifier: MIT
// See recorded_stacks.h.
#include "record/recorded_stacks.h"

#include <cerrno>
#include <filesystem>
#include <map>

#include "record/file_names.h"
#include "record/line_source.h"
#include "record/stack_lines.h"

namespace tsa {

namespace {

/// Where both exist, the plain file.
struct Found {
    std::string path;
    bool compressed = false;
};
using FoundByNumber = std::map<std::uint64_t, Found>;

Result<PerTable<FoundByNumber>> list_files(const std::string& directory) {
    PerTable<FoundByNumber> files;
    std::error_code error;
    std::filesystem::directory_iterator entry(directory, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const auto name = table_file(entry->path().filename().string());
        if (!name || !entry->is_regular_file(error)) {
            continue;
        }
        Found& found = files[index(name->table)][name->segment];
        if (found.path.empty() || found.compressed) {
            found = {entry->path().string(), name->compressed};
        }
    }
    if (error) {
        return system_error(directory, error.value());
    }
    return files;
}

/// Passes the header and then each line to the functions. Error: from the file or from `header`.
Result<void> read_lines(const std::string& path, LineSource& source, auto header, auto line) {
    std::string_view text;
    if (!source.seek(0)) {
        return source.error();
    }
    LineSource::Step step = source.next(text);
    if (step == LineSource::Step::line) {
        if (Result<void> read = header(text); !read.ok()) {
            return read.error().in(path);
        }
        while ((step = source.next(text)) == LineSource::Step::line) {
            TRY(line(text));
        }
    }
    source.rest();
    return step == LineSource::Step::failed ? Result<void>(source.error()) : Result<void>{};
}

}  // namespace

Result<std::optional<RecordedStacks>> RecordedStacks::open(const std::string& directory) {
    const PerTable<FoundByNumber> files = TRY(list_files(directory));
    RecordedStacks out;
    for (const auto& [segment, file] : files[index(RecordedTable::waits)]) {
        out.wait_files_.push_back({file.path, TRY(LineSource::open(file.path, file.compressed))});
    }
    if (out.wait_files_.empty()) {
        return std::optional<RecordedStacks>();
    }
    for (const auto& [segment, file] : files[index(RecordedTable::stacks)]) {
        File stacks{file.path, TRY(LineSource::open(file.path, file.compressed))};
        TRY(out.read_stacks(stacks));
    }
    return std::optional<RecordedStacks>(std::move(out));
}

Result<void> RecordedStacks::read_stacks(File& file) {
    StackLineReader<kStackColumns.size()> reader;
    return read_lines(
        file.path, *file.lines,
        [&reader](std::string_view header) -> Result<void> {
            reader = TRY(StackLineReader<kStackColumns.size()>::create(header, kStackColumns));
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

Result<void> RecordedStacks::read_waits(File& file, const std::function<Result<void>(const RecordedWaits&)>& take) {
    static const auto kUnknown = std::make_shared<const RecordedStack>(RecordedStack{StackKind::not_copied, {}});
    StackLineReader<kWaitColumns.size()> reader;
    return read_lines(
        file.path, *file.lines,
        [&reader](std::string_view header) -> Result<void> {
            reader = TRY(StackLineReader<kWaitColumns.size()>::create(header, kWaitColumns));
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
    for (File& file : wait_files_) {
        TRY(read_waits(file, take));
    }
    return {};
}

}  // namespace tsa
