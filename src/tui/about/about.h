// SPDX-License-Identifier: MIT
// The page about the measurement itself: what measures, since when, what was not measured, and what it costs.
#pragma once

#include "tui/scrolling.h"

namespace tsa {

struct Page;
extern const Page kAboutPage;

struct AboutState {
    Scrolling lines;
};

}  // namespace tsa
