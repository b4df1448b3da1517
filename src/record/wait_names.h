// SPDX-License-Identifier: MIT
// What threads waited on, back from the words of a recording: the Wait of which wait_on() makes the same words. Also
// thread names back from printable text. Pure; words live as long as this object, and there are at most kMaxWaitNames.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/thread.h"

namespace tsa {

inline constexpr std::size_t kMaxWaitNames = 4096;
inline constexpr std::string_view kOtherWaits = "(other)";  ///< replaces all names beyond them

class WaitNames {
  public:
    /// Puts into the thread's wait what wait_on() called `text` of a thread in that state; empty: nothing is known.
    /// `may_be_a_call`: false where there is no argument, which a system call has.
    void put_name(std::string_view text, bool may_be_a_call, Thread& thread);
    [[nodiscard]] std::size_t size() const { return names_.size(); }

  private:
    struct Known {
        std::string_view name;               ///< kept here
        std::optional<std::int32_t> number;  ///< of the system call of that name
    };
    const Known& known(std::string_view text);

    std::deque<std::string> texts_;  // addresses must not move
    std::unordered_map<std::string_view, Known> names_;
    Known other_{kOtherWaits, std::nullopt};
};

/// Raw bytes of a name that was written as printable text. Escapes are turned back where the name cannot have had them
/// itself: in a text that is longer than a name.
[[nodiscard]] std::array<char, 16> comm_from_text(std::string_view text);

}  // namespace tsa
