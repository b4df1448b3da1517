// SPDX-License-Identifier: MIT
// See label_text.h.
#include "peers/label_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/sanitize.h"

namespace tsa {

namespace {

using Piece = std::array<char, 64>;

std::string_view peers_text(const LabelAnswer& answer, std::uint32_t waiter_tgid, std::string_view comm, Piece& piece) {
    const bool after = answer.place == PeerPlace::after;
    const auto format = [&](auto pattern, const auto&... arguments) {
        const auto end = fmt::format_to_n(piece.data(), piece.size(), pattern, arguments...);
        return std::string_view(piece.data(), std::min(end.size, piece.size()));
    };
    const std::string_view open = after ? " " : " (";
    const std::string_view close = after ? "" : ")";
    if (answer.place == PeerPlace::none || answer.peers == 0) {
        return {};
    }
    if (answer.peers > 1) {
        return format(FMT_STRING("{}{} processes{}"), open, answer.peers, close);
    }
    if (answer.peer_tgid == waiter_tgid) {
        return format(FMT_STRING("{}own process{}"), open, close);
    }
    if (comm.empty()) {
        return format(FMT_STRING("{}{}{}"), open, answer.peer_tgid, close);
    }
    return after ? format(FMT_STRING("{}{} {}{}"), open, answer.peer_tgid, comm, close)
                 : format(FMT_STRING("{}{} {}{}"), open, comm, answer.peer_tgid, close);
}

}  // namespace

LabelText compose_label(const LabelAnswer& answer, std::uint32_t waiter_tgid, std::string_view comm) {
    constexpr std::string_view kTooSlow = "reader too slow: ";
    LabelText out;
    const auto put = [&](std::string_view text) {
        const std::string_view kept = cut_at_number(text, out.bytes.size() - out.size);
        std::ranges::copy(kept, out.bytes.begin() + static_cast<std::ptrdiff_t>(out.size));
        out.size += kept.size();
    };
    if (answer.size == 0) {
        return out;
    }
    Piece piece{};
    const Printable name(comm);
    const std::string_view peers = peers_text(answer, waiter_tgid, name.view(), piece);
    put(answer.too_slow ? kTooSlow : std::string_view{});
    // The process is worth more than the rest of a long path.
    const Printable text(answer.text());
    put(cut_at_number(text.view(), out.bytes.size() - out.size - std::min(peers.size(), out.bytes.size() - out.size)));
    put(peers);
    return out;
}

}  // namespace tsa
