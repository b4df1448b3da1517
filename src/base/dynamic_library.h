// SPDX-License-Identifier: MIT
// A library that is loaded while the program runs, because not every machine has it.
#pragma once

#include <initializer_list>
#include <memory>

namespace tsa {

/// The open library: functions that were found are valid as long as this object.
class DynamicLibrary {
  public:
    /// None: as where it cannot be loaded.
    DynamicLibrary() = default;
    /// Of a name that the loader looks for, such as "libz.so.1". In the static build always none.
    static DynamicLibrary open(const char* name);

    [[nodiscard]] bool is_open() const { return handle_ != nullptr; }
    /// The first of these functions that there is. False: none is, and `out` is null.
    template <class Function>
    [[nodiscard]] bool find(std::initializer_list<const char*> names, Function& out) const {
        out = nullptr;
        for (const char* name : names) {
            out = out == nullptr ? reinterpret_cast<Function>(symbol(name)) : out;
        }
        return out != nullptr;
    }
    template <class Function>
    [[nodiscard]] bool find(const char* name, Function& out) const {
        return find({name}, out);
    }

  private:
    [[nodiscard]] void* symbol(const char* name) const;

    struct Close {
        void operator()(void* handle) const;
    };
    std::unique_ptr<void, Close> handle_;
};

}  // namespace tsa
