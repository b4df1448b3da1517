// SPDX-License-Identifier: MIT
// A BPF array map as a span of memory: reading it takes no system call.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"

namespace tsa {

/// Maps the values of a BPF_F_MMAPABLE array. T must be the type that the kernel side writes, with a size that is a
/// multiple of 8.
template <class T>
class Mapping {
  public:
    Mapping() = default;
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping() {
        if (address_ != nullptr) {
            ::munmap(address_, bytes_);
        }
    }
    Result<void> map(int fd, std::size_t count, bool writable, const char* what) {
        const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        bytes_ = (count * sizeof(T) + page - 1) / page * page;
        void* address = ::mmap(nullptr, bytes_, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
        if (address == MAP_FAILED) {
            return system_error(std::string("map ") + what, errno);
        }
        address_ = address;
        count_ = count;
        return {};
    }
    [[nodiscard]] std::span<const T> view() const { return {static_cast<const T*>(address_), count_}; }
    [[nodiscard]] std::span<T> writable_view() { return {static_cast<T*>(address_), count_}; }
    [[nodiscard]] T& writable(std::size_t index) { return static_cast<T*>(address_)[index]; }

  private:
    void* address_ = nullptr;
    std::size_t bytes_ = 0;
    std::size_t count_ = 0;
};

}  // namespace tsa
