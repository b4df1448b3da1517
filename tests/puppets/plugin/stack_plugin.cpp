// SPDX-License-Identifier: MIT
// A shared object that the puppet `stacks` loads: a function that waits inside another one.
#include <unistd.h>

#include "puppet_depth.h"

extern "C" {

KEPT_CALL void plugin_inner(int fd) {
    char byte = 0;
    [[maybe_unused]] const ssize_t got = ::read(fd, &byte, 1);
    KEEP_FRAME();
}

KEPT_CALL void plugin_outer(int fd) {
    plugin_inner(fd);
    KEEP_FRAME();
}

}  // extern "C"
