// SPDX-License-Identifier: MIT
// Names come from the kernel as raw bytes that any process can choose. Here they become printable, valid UTF-8, so that
// no name can inject terminal control sequences or invalid JSON.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace tsa {

/// A printable copy of a short name, without an allocation. Control characters (C0, DEL, C1), characters that are
/// invisible or reorder the text around them, and bytes that are not UTF-8 appear as escapes: `\x1b`.
class Printable {
  public:
    /// Longer names are cut after kMaxRaw bytes; a thread's name has at most 15, a label 112.
    explicit Printable(std::string_view raw);
    [[nodiscard]] std::string_view view() const { return {buffer_.data(), size_}; }

  private:
    static constexpr std::size_t kMaxRaw = 128;
    static constexpr std::size_t kMaxEscape = 4;

    std::array<char, kMaxRaw * kMaxEscape> buffer_;
    std::size_t size_ = 0;
};

/// The same for text of any length.
[[nodiscard]] std::string printable(std::string_view raw);

}  // namespace tsa
