// SPDX-License-Identifier: MIT
// The options of one command, as CLI11 reads them: each is checked and stored in its field. An invalid value is noted,
// not thrown, so that --help still wins; the user sees the first one.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/numbers.h"

namespace tsa {

/// Bounds of an integer, and its name in errors.
struct NumberRange {
    std::string_view what;
    std::uint64_t least = 0, most = 0;
};

class OptionList {
  public:
    using Take = std::function<Result<void>(const std::string& text)>;

    /// Both must outlive the parse. `mistake` is for the whole command line.
    OptionList(CLI::App& app, std::optional<Error>& mistake) : app_(app), mistake_(mistake) {}

    // `names` as CLI11 has them: "-i,--interval"; no dashes: a positional argument. `type` is what help shows for the
    // value.
    void flag(const std::string& name, bool& out, const std::string& help) { app_.add_flag(name, out, help); }
    void text(const std::string& names, const std::string& type, std::string& out, const std::string& help) {
        app_.add_option(names, out, help)->type_name(type);
    }
    /// The error starts with `subject`; empty: with the first name.
    void value(const std::string& names, const std::string& type, const std::string& help, Take take,
               std::string_view subject = {});
    /// An option that may be given several times; `take` names it in its errors.
    void values(const std::string& names, const std::string& type, const std::string& help, Take take);
    template <class Field>
    void number(const std::string& names, const std::string& type, NumberRange range, Field& out,
                const std::string& help, std::string_view subject = {}) {
        const auto take = [range, &out](const std::string& text) -> Result<void> {
            out = static_cast<NumberOf<Field>>(TRY(parse_number(text, range.what, range.least, range.most)));
            return {};
        };
        value(names, type, help, take, subject);
    }
    [[nodiscard]] CLI::App& app() { return app_; }

  private:
    template <class T>
    struct Number {
        using Type = T;
    };
    template <class T>
    struct Number<std::optional<T>> {
        using Type = T;
    };
    template <class T>
    using NumberOf = typename Number<T>::Type;

    CLI::App& app_;
    std::optional<Error>& mistake_;
};

}  // namespace tsa
