// SPDX-License-Identifier: MIT
// Result<T>: a value, or an error message that gains context on its way up and ends with a hint. Used by everything
// that can fail at run time; independent of the product. Expected absence is a std::optional or a counter instead.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tsa {

/// Why something failed, for the user: "attach sched_switch: Operation not permitted" and, separately, what to do.
struct Error {
    std::string message;
    std::string hint;      ///< the command or setting that would help; empty: none
    int error_number = 0;  ///< errno of the cause; 0: not a system call

    /// The same error, one level up: `context + ": " + message`.
    [[nodiscard]] Error in(std::string_view context) const& {
        return Error{std::string(context) + ": " + message, hint, error_number};
    }
    /// "message; hint: ..." for stderr.
    [[nodiscard]] std::string text() const { return hint.empty() ? message : message + "; hint: " + hint; }
};

/// An error with errno's text: `what: strerror(error_number)`.
[[nodiscard]] Error system_error(std::string_view what, int error_number, std::string_view hint = {});

template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool ok() const { return state_.index() == 0; }
    [[nodiscard]] T& value() & { return std::get<0>(state_); }
    [[nodiscard]] const T& value() const& { return std::get<0>(state_); }
    [[nodiscard]] T&& value() && { return std::get<0>(std::move(state_)); }
    [[nodiscard]] const Error& error() const { return std::get<1>(state_); }

  private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)), ok_(false) {}

    [[nodiscard]] bool ok() const { return ok_; }
    void value() const {}
    [[nodiscard]] const Error& error() const { return error_; }

  private:
    Error error_;
    bool ok_ = true;
};

}  // namespace tsa

/// The value of an expression of type Result; on an error, returns it from the enclosing function, whose Result may
/// have another type. `const Settings settings = TRY(read_settings(path));`, `TRY(sink.write(bytes));`
#define TRY(...)                             \
    __extension__({                          \
        auto result_to_try_ = (__VA_ARGS__); \
        if (!result_to_try_.ok()) {          \
            return result_to_try_.error();   \
        }                                    \
        std::move(result_to_try_).value();   \
    })
