// SPDX-License-Identifier: MIT
// Functions that are on the stack for certain: never inlined, and no call is the last thing that they do.
#pragma once

#define KEPT_CALL __attribute__((noinline, visibility("default"), used))
// After a call: keeps it from becoming a jump.
#define KEEP_FRAME() asm volatile("" ::: "memory")
