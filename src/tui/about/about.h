// SPDX-License-Identifier: MIT
// The page about the measurement itself: what measures, since when, what was not measured, and what it costs.
#pragma once

#include <cstddef>

namespace tsa {

struct Page;
extern const Page kAboutPage;

struct AboutState {
    std::size_t scroll = 0;  ///< first line drawn
    std::size_t hidden = 0;  ///< lines that do not fit; set with each frame
};

}  // namespace tsa
