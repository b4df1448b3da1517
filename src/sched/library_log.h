// SPDX-License-Identifier: MIT
// Captures libbpf's messages for error texts; otherwise silent.
#pragma once

#include <bpf/libbpf.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace tsa {

/// Redirects libbpf's messages during its lifetime. Cannot be nested.
class LogScope {
  public:
    LogScope();
    ~LogScope();
    LogScope(const LogScope&) = delete;
    LogScope& operator=(const LogScope&) = delete;

    /// `what: strerror(error_number)` with libbpf's first warning, or with a hint about a missing privilege.
    [[nodiscard]] Error error(std::string_view what, int error_number) const;
    /// The same for an object that did not load: the missing kernel feature, for the user.
    [[nodiscard]] Error load_error(std::string_view what, int error_number, const bpf_object* object) const;
    /// libbpf's first warning so far; empty: none.
    [[nodiscard]] std::string_view complaint() const;

  private:
    libbpf_print_fn_t previous_;
};

}  // namespace tsa
