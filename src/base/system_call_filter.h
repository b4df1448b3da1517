// SPDX-License-Identifier: MIT
// A filter of this process's own system calls (seccomp), for good: children inherit it, and no later exec removes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

struct sock_filter;

namespace tsa {

class SystemCallFilter {
  public:
    /// Whether calls that are refused are written to the kernel's log.
    enum class Log : bool { no, yes };

    SystemCallFilter();
    SystemCallFilter(const SystemCallFilter&) = delete;
    SystemCallFilter& operator=(const SystemCallFilter&) = delete;
    ~SystemCallFilter();

    void allow(std::span<const std::uint32_t> calls);
    /// They fail with this errno, without doing anything.
    void refuse(std::span<const std::uint32_t> calls, int error);
    /// Refuses `call` unless its first argument is one of these.
    void refuse_unless(std::uint32_t call, std::span<const std::uint32_t> first_arguments, int error);
    /// For all threads of the process; needs no_new_privs. Any other call fails with the errno `others`, or is allowed
    /// if that is 0; calls of another architecture end the process. False: the kernel refuses the filter.
    [[nodiscard]] bool install(int others, Log log);

  private:
    void load(std::size_t offset);
    void load_number();
    void answer(std::uint32_t call, std::uint32_t action);

    std::vector<sock_filter> program_;
};

}  // namespace tsa
