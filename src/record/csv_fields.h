// SPDX-License-Identifier: MIT
// Splits one line of CSV (RFC 4180) into fields. Pure; independent of what the fields mean. Quoted fields are unquoted
// into a separate buffer; all others refer to the line. No allocation once the buffers have reached their full size.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tsa {

class CsvFields {
  public:
    /// A line with or without its newline. False: not a complete line of CSV (an unterminated quote, or text after the
    /// closing one); fields() is then empty. An empty line has one empty field.
    bool split(std::string_view line);
    /// Valid until the next split(), and only as long as the line.
    [[nodiscard]] std::span<const std::string_view> fields() const { return fields_; }

  private:
    bool split_quoted(std::string_view& rest);

    std::vector<std::string_view> fields_;
    std::string unquoted_;
};

}  // namespace tsa
