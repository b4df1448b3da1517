// SPDX-License-Identifier: MIT
// Writes the manual pages and the completions into a folder; run by the build. usage: rstat-tsa-manual DIR
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

#include "manual/completions.h"
#include "manual/pages.h"

namespace {

bool write(const std::filesystem::path& path, const std::string& text) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    std::ofstream file(path, std::ios::binary);
    file << text;
    return static_cast<bool>(file.flush());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: rstat-tsa-manual DIR\n", stderr);
        return 2;
    }
    std::vector<tsa::GeneratedFile> files = tsa::manual_pages(RSTAT_TSA_VERSION);
    const std::vector<tsa::GeneratedFile> scripts = tsa::completions();
    files.insert(files.end(), scripts.begin(), scripts.end());
    for (const tsa::GeneratedFile& file : files) {
        const std::filesystem::path path = std::filesystem::path(argv[1]) / file.path;
        if (!write(path, file.text)) {
            std::fprintf(stderr, "rstat-tsa-manual: cannot write %s\n", path.c_str());
            return 1;
        }
    }
    return 0;
}
