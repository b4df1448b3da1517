// SPDX-License-Identifier: MIT
// See html_page.h. The style sheet and the script are separate files, embedded at build time.
#include "summary/html_page.h"

#include "model/state.h"
#include "text/html.h"

namespace tsa {

namespace {

constexpr std::string_view kStyle =
#include "generated/page_css.inc"
    ;
constexpr std::string_view kScript =
#include "generated/page_js.inc"
    ;

void put_state_colors(fmt::memory_buffer& out, std::string_view StateInfo::*color) {
    for (const StateInfo& state : state_table()) {
        put_markup(out, "--{}:{};", state.key, state.*color);
    }
}

}  // namespace

void put_html_style(fmt::memory_buffer& out) {
    put_markup(out, ":root{{");
    put_state_colors(out, &StateInfo::css);
    put_markup(out, "}}\n@media (prefers-color-scheme:dark){{:root{{");
    put_state_colors(out, &StateInfo::css_dark);
    put_markup(out, "}}}}\n");
    for (const StateInfo& state : state_table()) {
        put_markup(out, ".c-{0}{{--c:var(--{0})}}\n", state.key);
    }
    out.append(kStyle.data(), kStyle.data() + kStyle.size());
}

std::string_view html_script() {
    return kScript;
}

std::string_view html_script_hash() {
    return "sha256-rnyYw2KuH77xHX2pQegPjs5UFxUyLQRYcAYfiftydB0=";
}

}  // namespace tsa
