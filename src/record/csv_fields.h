// One line of CSV (RFC 4180) cut into its fields. Pure; knows nothing of what the fields mean. A field with quotes is
// unquoted into a buffer of its own; all others refer into the line. No allocation once the buffers have their size.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tsa {

class CsvFields {
  public:
    /// A line without its line end, or with it. False: no whole line of CSV (a quote that does not end, or text behind
    /// it); fields() is empty then. An empty line has one empty field.
    bool split(std::string_view line);
    /// Valid until the next split(), and as long as that line.
    [[nodiscard]] std::span<const std::string_view> fields() const { return fields_; }

  private:
    bool split_quoted(std::string_view& rest);

    std::vector<std::string_view> fields_;
    std::string unquoted_;
};

}  // namespace tsa
