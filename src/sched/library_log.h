// libbpf's own words: kept for the text of an error, quiet otherwise.
#pragma once

#include <bpf/libbpf.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace tsa {

/// Redirects libbpf's messages while it lives. Not nested.
class LogScope {
  public:
    LogScope();
    ~LogScope();
    LogScope(const LogScope&) = delete;
    LogScope& operator=(const LogScope&) = delete;

    /// `what: strerror(error_number)` with libbpf's first complaint, or with what to do about a missing privilege.
    [[nodiscard]] Error error(std::string_view what, int error_number) const;
    /// The same of an object that did not load: what this kernel lacks, in a user's words.
    [[nodiscard]] Error load_error(std::string_view what, int error_number, const bpf_object* object) const;
    /// libbpf's first complaint since the beginning; empty: none.
    [[nodiscard]] std::string_view complaint() const;

  private:
    libbpf_print_fn_t previous_;
};

}  // namespace tsa
