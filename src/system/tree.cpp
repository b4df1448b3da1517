// SPDX-License-Identifier: MIT
// See tree.h.
#include "system/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/scan.h"

namespace tsa {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Numbers within names compare by value.
bool natural_less(std::string_view a, std::string_view b) {
    while (!a.empty() && !b.empty()) {
        if (is_digit(a.front()) && is_digit(b.front())) {
            const auto digits = [](std::string_view& text) {
                text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
                const auto* end = std::ranges::find_if_not(text, is_digit);
                const std::string_view run = text.substr(0, static_cast<std::size_t>(end - text.begin()));
                text.remove_prefix(run.size());
                return run;
            };
            const std::string_view left = digits(a);
            const std::string_view right = digits(b);
            if (left != right) {
                return left.size() != right.size() ? left.size() < right.size() : left < right;
            }
            continue;
        }
        if (a.front() != b.front()) {
            return a.front() < b.front();
        }
        a.remove_prefix(1);
        b.remove_prefix(1);
    }
    return a.size() < b.size();
}

}  // namespace

std::vector<std::string> list_names(const std::string& directory, std::string_view prefix) {
    std::vector<std::string> names;
    std::error_code error;
    std::filesystem::directory_iterator entry(directory, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        std::string name = entry->path().filename().string();
        if (name.starts_with(prefix)) {
            names.push_back(std::move(name));
        }
    }
    std::ranges::sort(names, natural_less);
    return names;
}

std::vector<std::string> list_numbered(const std::string& directory, std::string_view prefix) {
    std::vector<std::string> names = list_names(directory, prefix);
    std::erase_if(names, [&](const std::string& name) {
        return name.size() == prefix.size() || !std::ranges::all_of(name.substr(prefix.size()), is_digit);
    });
    return names;
}

std::optional<std::string> read_value(const std::string& path) {
    TextBuffer buffer;
    std::optional<std::string_view> text = SourceFile(path).read_head(buffer);
    const std::optional<std::string_view> line = text ? next_line(*text) : std::nullopt;
    return line && !line->empty() ? std::optional(std::string(*line)) : std::nullopt;
}

std::optional<std::uint64_t> read_number(const std::string& path) {
    const std::optional<std::string> value = read_value(path);
    return value ? number<std::uint64_t>(*value) : std::nullopt;
}

bool path_exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

bool WatchedDirectory::changed(std::uint64_t& calls) {
    const std::uint64_t before = signature_;
    signature_ = signature(calls);
    return signature_ != before;
}

// The sum of the names' hashes, because directory order is arbitrary. 0: no such directory.
std::uint64_t WatchedDirectory::signature(std::uint64_t& calls) {
    ++calls;
    if (!fd_.valid()) {
        fd_ = Fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    } else if (::lseek(fd_.get(), 0, SEEK_SET) < 0) {
        fd_.reset();
    }
    if (!fd_.valid()) {
        return 0;
    }
    std::uint64_t sum = 1;
    std::size_t names = 0;
    alignas(std::uint64_t) std::array<char, 4096> bytes;
    // getdents64 directly: opendir would allocate each time. The limit stops an endless directory.
    constexpr int kMostCalls = 64;
    for (int i = 0; i < kMostCalls; ++i) {
        ++calls;
        const long count = ::syscall(SYS_getdents64, fd_.get(), bytes.data(), bytes.size());
        if (count <= 0) {
            break;
        }
        for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
            std::uint16_t length = 0;
            std::memcpy(&length, bytes.data() + at + offsetof(dirent64, d_reclen), sizeof(length));
            std::uint64_t hash = 14695981039346656037U;  // FNV-1a
            for (const char* c = bytes.data() + at + offsetof(dirent64, d_name); *c != '\0'; ++c) {
                hash = (hash ^ static_cast<unsigned char>(*c)) * 1099511628211U;
            }
            sum += hash;
            ++names;
            at += length;
        }
    }
    // An open descriptor of a removed directory lists nothing, not even "." and "..".
    if (names == 0) {
        fd_.reset();
        return 0;
    }
    return sum;
}

}  // namespace tsa
