// SPDX-License-Identifier: MIT
// Numbers for people: short, always with their unit, without an allocation. Bytes are in powers of 1024, also per
// second: KiB, MiB, GiB; where cells are few, K, M, G.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tsa {

/// A few characters by value.
struct ShortText {
    std::array<char, 31> data{};
    std::uint8_t size = 0;
    [[nodiscard]] std::string_view view() const { return {data.data(), size}; }
};

/// "0", "850 ns", "41.2 µs", "412 ms", "4.21 s", "3m02s", "3h02m", "12d04h": 7 cells for up to 999 days.
[[nodiscard]] ShortText duration_text(std::uint64_t ns);
inline constexpr std::size_t kShortDurationCells = 6;
/// The same in 6 cells for up to 9999 days: "41 µs", "4.2 s", "3m02s", "123 d". `cells`: from a minute on, 5 or 6.
[[nodiscard]] ShortText short_duration_text(std::uint64_t ns, std::size_t cells = kShortDurationCells);
/// "0", "512 B", "1.41 MiB": at most 8 cells.
[[nodiscard]] ShortText bytes_text(std::uint64_t bytes);
/// "0B", "1.2G": at most 4 cells.
[[nodiscard]] ShortText short_bytes_text(std::uint64_t bytes);
/// "0 B/s", "512 B/s", "9.9 MiB/s", "181 MiB/s": at most kRateCells cells.
[[nodiscard]] ShortText rate_text(double bytes_per_s);
inline constexpr std::size_t kRateCells = 9;
/// Events per second: "0.4", "12", "15321".
[[nodiscard]] ShortText frequency_text(double per_s);
/// "1,284".
[[nodiscard]] ShortText count_text(std::uint64_t count);
/// A share in percent, one decimal; "·" for a measured zero, "<0.1" rather than a rounded one.
[[nodiscard]] ShortText share_text(std::uint64_t part, std::uint64_t whole);

/// "12.5 %".
[[nodiscard]] ShortText percent_text(double percent);
/// An average of a count: "0", "0.004", "0.52", "3.10", "41.2", "412".
[[nodiscard]] ShortText average_text(double value);

}  // namespace tsa
