// SPDX-License-Identifier: MIT
// See label_sources.h.
#include "labels/label_sources.h"

#include <cassert>
#include <cerrno>
#include <utility>

#include "base/config_path.h"
#include "base/text_file.h"
#include "labels/label_file.h"

namespace tsa {

std::string_view built_in_labels() {
    return
#include "generated/built_in_labels.inc"
        ;
}

std::vector<std::string> label_paths() {
    constexpr std::string_view kFile = "labels.toml";
    std::vector<std::string> paths{system_config_path(kFile)};
    if (std::string own = user_config_path(kFile); !own.empty()) {
        paths.insert(paths.begin(), std::move(own));
    }
    return paths;
}

LabelSources read_labels(const std::vector<std::string>& paths) {
    LabelSources sources;
    for (const std::string& path : paths) {
        const auto text = read_regular_file(path, kMaxLabelFileBytes + 1);
        if (!text.ok() && (text.error().error_number == ENOENT || text.error().error_number == ENOTDIR)) {
            continue;
        }
        LabelFile& file = sources.files.emplace_back(LabelFile{path});
        auto rules = text.ok() ? read_label_file(text.value(), path) : text.error();
        if (!rules.ok()) {
            file.error = rules.error();
            continue;
        }
        file.rules = rules.value().size();
        sources.table.add(std::move(rules).value());
    }
    auto own = read_label_file(built_in_labels(), "built-in labels");
    assert(own.ok());
    sources.built_in = own.ok() ? own.value().size() : 0;
    sources.table.add(own.ok() ? std::move(own).value() : std::vector<LabelRule>{});
    return sources;
}

std::string damaged_labels(const std::vector<LabelFile>& files) {
    std::string words;
    for (const LabelFile& file : files) {
        if (file.error) {
            words += (words.empty() ? "labels of a damaged file are not used: " : "; ") + file.error->text();
        }
    }
    return words;
}

}  // namespace tsa
