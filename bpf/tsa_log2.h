/* The logarithm of a number, for histograms on both sides of the kernel. */
#ifndef TSA_LOG2_H
#define TSA_LOG2_H

#include "tsa.h"

/* Power of two at or below `value`; 0 for 0. By halving, without a branch: BPF has no instruction for it, and each
 * branch would double what the verifier walks. */
static inline TSA_U64 tsa_log2(TSA_U64 value) {
    TSA_U64 power = 0;
    for (TSA_U32 step = 32; step != 0; step /= 2) { /* unrolled: six steps */
        TSA_U64 high = value >> step;
        TSA_U64 shift = ((high | -high) >> 63) * step; /* step when anything is up there, else 0 */
        value >>= shift;
        power += shift;
    }
    return power;
}

#endif
