// SPDX-License-Identifier: MIT
// See network.h.
#include "system/network.h"

#include <algorithm>
#include <array>
#include <functional>

#include "base/scan.h"

namespace tsa {
namespace {

std::optional<std::uint64_t> one_number(std::optional<std::string_view> text) {
    const std::optional<std::string_view> line = text ? next_line(*text) : std::nullopt;
    return line ? number<std::uint64_t>(*line) : std::nullopt;
}

}  // namespace

// " eth0: " and then 8 columns of receiving, 8 of sending; bytes come first. Old kernels have no space after the colon.
std::optional<InterfaceCounters> parse_net_dev_line(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view head = line.substr(0, colon);
    std::string_view fields = line.substr(colon + 1);
    std::array<std::string_view, 9> column;
    for (std::string_view& field : column) {
        field = next_field(fields);
    }
    const std::string_view name = next_field(head);
    const std::optional<std::uint64_t> rx_bytes = number<std::uint64_t>(column[0]);
    const std::optional<std::uint64_t> tx_bytes = number<std::uint64_t>(column[8]);
    if (name.empty() || !rx_bytes || !tx_bytes) {
        return std::nullopt;
    }
    return InterfaceCounters{DeviceName(name), *rx_bytes, *tx_bytes};
}

NetworkReader::NetworkReader(std::string root)
    : root_(std::move(root)), directory_(root_ + "/sys/class/net"), net_dev_(root_ + "/proc/net/dev") {
    TextBuffer buffer;
    discover(buffer);
}

// A switch port (DSA) has a device too, but its bytes also pass the interface that it links to.
bool NetworkReader::has_hardware(const std::string& interface) const {
    const std::string path = root_ + "/sys/class/net/" + interface;
    return path_exists(path + "/device") && read_number(path + "/iflink") == read_number(path + "/ifindex");
}

void NetworkReader::discover(TextBuffer& buffer) {
    std::vector<std::string> hardware;
    std::vector<std::string> others;
    if (std::optional<std::string_view> text = net_dev_.read_whole(buffer)) {
        while (const std::optional<std::string_view> line = next_line(*text)) {
            const std::optional<InterfaceCounters> counters = parse_net_dev_line(*line);
            if (counters && counters->name.view() != "lo") {
                std::string name(counters->name.view());
                (has_hardware(name) ? hardware : others).push_back(std::move(name));
            }
        }
    }
    chosen_ = hardware.empty() ? std::move(others) : std::move(hardware);
    std::ranges::sort(chosen_);
    single_.clear();
    for (const std::string& interface : chosen_.size() <= kMaxSingle ? chosen_ : std::vector<std::string>()) {
        const std::string statistics = root_ + "/sys/class/net/" + interface + "/statistics/";
        single_.push_back({SourceFile(statistics + "rx_bytes"), SourceFile(statistics + "tx_bytes")});
    }
    if (!std::ranges::all_of(single_, &Single::is_open)) {
        single_.clear();
    }
}

void NetworkReader::look_again(TextBuffer& buffer) {
    if (!net_dev_.is_open()) {
        ++buffer.calls;
        net_dev_.reopen();
    }
    const bool lost_one = !std::ranges::all_of(single_, &Single::is_open);
    // Without a listing in /sys, the list itself is the cheapest way to detect a change.
    if (directory_.changed(buffer.calls) || lost_one || chosen_.empty()) {
        discover(buffer);
    }
}

void NetworkReader::add_from_single(TextBuffer& buffer) {
    for (std::size_t i = 0; i < single_.size(); ++i) {
        const std::optional<std::uint64_t> rx_bytes = one_number(single_[i].rx.read_head(buffer));
        const std::optional<std::uint64_t> tx_bytes = one_number(single_[i].tx.read_head(buffer));
        if (rx_bytes && tx_bytes) {
            totals_.add(chosen_[i], {*rx_bytes, *tx_bytes});
        }
    }
}

void NetworkReader::add_from_all(TextBuffer& buffer) {
    std::optional<std::string_view> text = net_dev_.read_whole(buffer);
    while (text) {
        const std::optional<std::string_view> line = next_line(*text);
        if (!line) {
            return;
        }
        const std::optional<InterfaceCounters> counters = parse_net_dev_line(*line);
        if (counters && std::ranges::binary_search(chosen_, counters->name.view(), std::less<>{})) {
            totals_.add(counters->name.view(), {counters->rx_bytes, counters->tx_bytes});
        }
    }
}

void NetworkReader::read(SystemSample& out, TextBuffer& buffer) {
    if (chosen_.empty()) {
        return;
    }
    totals_.begin();
    single_.empty() ? add_from_all(buffer) : add_from_single(buffer);
    if (totals_.end()) {
        out.net_rx_bytes = totals_.sums()[0];
        out.net_tx_bytes = totals_.sums()[1];
    }
}

}  // namespace tsa
