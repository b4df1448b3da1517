// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Binary logarithm, for histograms in the kernel and in user space. */
#ifndef TSA_LOG2_H
#define TSA_LOG2_H

#include "tsa.h"

/* Exponent of the largest power of two at or below `value`; 0 for 0. By halving, without branches: BPF has no
 * instruction for it, and each branch would double the verifier's paths. */
static inline TSA_U64 tsa_log2(TSA_U64 value) {
    TSA_U64 power = 0;
    for (TSA_U32 step = 32; step != 0; step /= 2) { /* unrolled: six steps */
        TSA_U64 high = value >> step;
        TSA_U64 shift = ((high | -high) >> 63) * step; /* step if any high bit is set, otherwise 0 */
        value >>= shift;
        power += shift;
    }
    return power;
}

#endif
