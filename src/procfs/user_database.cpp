// SPDX-License-Identifier: MIT
// See user_database.h.
#include "procfs/user_database.h"

#include <pwd.h>

#include <cerrno>
#include <vector>

#include "base/linkage.h"
#include "base/scan.h"
#include "base/text_file.h"

namespace tsa {
namespace {

constexpr std::size_t kMaxPasswdBytes = 16U << 20U;

struct User {
    std::string_view name;
    std::uint32_t uid = 0;
    std::string_view home;
};

std::string_view next_part(std::string_view& rest) {
    const std::size_t end = rest.find(':');
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return part;
}

/// Absent for lines that are no user's, as NIS's "+::::::".
std::optional<User> user_of(std::string_view line) {
    const std::string_view name = next_part(line);
    next_part(line);
    const auto uid = number<std::uint32_t>(next_part(line));
    next_part(line);
    next_part(line);
    return !name.empty() && uid ? std::optional(User{name, *uid, next_part(line)}) : std::nullopt;
}

template <class Matches>
std::optional<User> find_in_passwd(std::string_view passwd, Matches matches) {
    while (const auto line = next_line(passwd)) {
        const std::optional<User> user = user_of(*line);
        if (user && matches(*user)) {
            return user;
        }
    }
    return std::nullopt;
}

/// `call(record, buffer, size, found)` is one of getpwuid_r and getpwnam_r; `of(record)` is the answer.
template <class Call, class Of>
auto ask_database(Call call, Of of) -> std::optional<decltype(of(passwd{}))> {
    constexpr std::size_t kMaxRecordBytes = 1U << 20U;
    std::vector<char> buffer(1U << 10U);
    for (;;) {
        passwd record{};
        passwd* found = nullptr;
        const int error = call(&record, buffer.data(), buffer.size(), &found);
        if (error == ERANGE && buffer.size() < kMaxRecordBytes) {
            buffer.resize(buffer.size() * 2);
        } else if (error != EINTR) {
            return error == 0 && found != nullptr ? std::optional(of(*found)) : std::nullopt;
        }
    }
}

std::string passwd_text() {
    return read_text_file("/etc/passwd", kMaxPasswdBytes).value_or("");
}

}  // namespace

std::optional<std::string> name_in_passwd(std::string_view passwd, std::uint32_t uid) {
    const auto user = find_in_passwd(passwd, [uid](const User& one) { return one.uid == uid; });
    return user ? std::optional<std::string>(user->name) : std::nullopt;
}

std::optional<std::uint32_t> uid_in_passwd(std::string_view passwd, std::string_view name) {
    const auto user = find_in_passwd(passwd, [name](const User& one) { return one.name == name; });
    return user ? std::optional(user->uid) : std::nullopt;
}

std::optional<std::string> home_in_passwd(std::string_view passwd, std::uint32_t uid) {
    const auto user = find_in_passwd(passwd, [uid](const User& one) { return one.uid == uid; });
    return user && !user->home.empty() ? std::optional<std::string>(user->home) : std::nullopt;
}

std::optional<std::string> user_name(std::uint32_t uid) {
    if (kIsStatic) {
        return name_in_passwd(passwd_text(), uid);
    }
    return ask_database([uid](auto... rest) { return ::getpwuid_r(uid, rest...); },
                        [](const passwd& record) { return std::string(record.pw_name); });
}

std::optional<std::uint32_t> user_id(std::string_view name) {
    if (kIsStatic) {
        return uid_in_passwd(passwd_text(), name);
    }
    return ask_database([text = std::string(name)](auto... rest) { return ::getpwnam_r(text.c_str(), rest...); },
                        [](const passwd& record) { return std::uint32_t{record.pw_uid}; });
}

}  // namespace tsa
