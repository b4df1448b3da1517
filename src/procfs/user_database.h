// SPDX-License-Identifier: MIT
// The database of users: names by UID and UIDs by name. It may be a directory server: every look-up in it may hang.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tsa {

/// The user's name; absent: no such user, or the database cannot be read. The static build reads only /etc/passwd: the
/// C library would load libraries of another glibc than its own.
[[nodiscard]] std::optional<std::string> user_name(std::uint32_t uid);
/// The same the other way round.
[[nodiscard]] std::optional<std::uint32_t> user_id(std::string_view name);

/// The name of `uid` in a text as /etc/passwd, whose lines are "name:password:uid:..."; the first such line.
[[nodiscard]] std::optional<std::string> name_in_passwd(std::string_view passwd, std::uint32_t uid);
[[nodiscard]] std::optional<std::uint32_t> uid_in_passwd(std::string_view passwd, std::string_view name);
/// The home directory of `uid`.
[[nodiscard]] std::optional<std::string> home_in_passwd(std::string_view passwd, std::uint32_t uid);

}  // namespace tsa
