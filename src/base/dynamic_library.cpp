// SPDX-License-Identifier: MIT
// See dynamic_library.h.
#include "base/dynamic_library.h"

#include <dlfcn.h>

#include "base/linkage.h"

namespace tsa {

void DynamicLibrary::Close::operator()(void* handle) const {
    ::dlclose(handle);
}

DynamicLibrary DynamicLibrary::open(const char* name) {
    DynamicLibrary library;
    library.handle_.reset(kIsStatic ? nullptr : ::dlopen(name, RTLD_NOW | RTLD_LOCAL));
    return library;
}

void* DynamicLibrary::symbol(const char* name) const {
    return is_open() ? ::dlsym(handle_.get(), name) : nullptr;
}

}  // namespace tsa
