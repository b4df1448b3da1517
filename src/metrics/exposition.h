// SPDX-License-Identifier: MIT
// The two text formats that Prometheus and others scrape: 0.0.4, and OpenMetrics 1.0. A writer for families of metrics,
// and nothing about which ones there are. Pure.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tsa {

enum class Exposition : std::uint8_t { text, open_metrics };

[[nodiscard]] std::string_view content_type(Exposition format);
/// Of a request with this Accept header; empty: it has none. OpenMetrics only where it is named.
[[nodiscard]] Exposition accepted_exposition(std::string_view accept);

enum class MetricType : std::uint8_t { counter, gauge, histogram, info };

struct MetricFamily {
    std::string_view name;  ///< without `_total` and `_info`: "rstat_tsa_state_seconds"
    MetricType type = MetricType::gauge;
    std::string_view unit;  ///< the end of the name; empty: none
    std::string_view help;
};

/// Appends `name="value"`, with a comma if there is something before. Bytes that are not UTF-8, and control characters,
/// become U+FFFD.
void put_label(std::string& labels, std::string_view name, std::string_view value);

class ExpositionWriter {
  public:
    ExpositionWriter(Exposition format, fmt::memory_buffer& out) : format_(format), out_(out) {}

    /// The samples that follow are of this family. Families must not be interleaved.
    void family(const MetricFamily& family);
    /// `labels` as put_label() made them, of two parts; each may be empty.
    void count(std::string_view labels, std::string_view more, std::uint64_t value);
    void seconds(std::string_view labels, std::string_view more, std::uint64_t ns);
    void real(std::string_view labels, std::string_view more, double value);
    /// A histogram without labels: how many were below each bound, in seconds and rising; all, and their sum.
    struct Bucket {
        double below_s = 0;
        std::uint64_t count = 0;
    };
    void histogram(std::span<const Bucket> buckets, std::uint64_t all, std::uint64_t sum_ns);
    /// After the last family.
    void end();

  private:
    void name_and_labels(std::string_view suffix, std::string_view labels, std::string_view more);
    void put(std::string_view text) { out_.append(text.data(), text.data() + text.size()); }
    void put_seconds(std::uint64_t ns);

    Exposition format_;
    fmt::memory_buffer& out_;
    std::string name_;  // of samples
};

}  // namespace tsa
