// See summary_html_page.h.
#include "output/summary_html_page.h"

namespace tsa {

// Colours: the states' hues are those of the screens (warm for latency, green for exec, dim for idle). Neighbours in
// the chart differ in lightness too, so that they can be told apart without seeing the hue.
std::string_view html_style() {
    static constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--bg:#fff;--card:#f5f6f8;--ink:#1b1f24;--dim:#59626e;--line:#d5dae1;--warn:#b54708;
--exec:#3a923a;--cpu_wait:#e2b100;--io_wait:#e56a00;--swap_wait:#a80038;--mem_wait:#f191c3;--lock_wait:#de2f2f;
--uninterruptible:#8a3b9c;--sleep:#6aa0b4;--idle:#cfd4db;--stopped:#6a6ab8;--zombie:#9a6c92;--mark:#1f6feb;--band:#dfeafd;--hot:#b3cffa}
@media (prefers-color-scheme:dark){:root{--bg:#14171c;--card:#1d2128;--ink:#e4e8ee;--dim:#98a2b0;--line:#353b45;
--warn:#f0a04b;--exec:#57a657;--cpu_wait:#f2c81e;--io_wait:#ff8f1f;--swap_wait:#c9124a;--mem_wait:#ffa3cf;
--lock_wait:#ff5a5a;--uninterruptible:#b26cc8;--sleep:#87afaf;--idle:#474d57;--stopped:#8787c4;--zombie:#b38aab;
--mark:#79b0ff;--band:#1f2c42;--hot:#30486e}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem clamp(.7rem,3vw,2rem) 3rem;max-width:86rem;background:var(--bg);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:.3rem 0 .2rem}h2{font-size:1.15rem;margin:2.2rem 0 .5rem}
h3{font-size:1rem;margin:0}p{margin:.3rem 0}.dim{color:var(--dim)}small{font-size:.85em}
ul{margin:.3rem 0;padding-left:1.2rem}code,.name{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;
font-size:.92em}
.facts{display:flex;flex-wrap:wrap;gap:.4rem 1.8rem;margin:.8rem 0 0;padding:0}.facts div{min-width:6rem}
.facts dt{color:var(--dim);font-size:.8rem}.facts dd{margin:0;font-weight:600;font-variant-numeric:tabular-nums}
.warn{border-left:4px solid var(--warn);background:var(--card);padding:.5rem .9rem;margin:.8rem 0;border-radius:4px}
.finding{display:flex;gap:.8rem;background:var(--card);border-radius:6px;padding:.7rem .9rem;margin:.5rem 0;
break-inside:avoid}
.no{flex:none;width:1.6rem;height:1.6rem;line-height:1.6rem;border-radius:50%;text-align:center;font-size:.85rem;
font-weight:700;background:var(--mark);color:var(--bg)}
.c-exec{--c:var(--exec)}.c-cpu_wait{--c:var(--cpu_wait)}.c-io_wait{--c:var(--io_wait)}.c-swap_wait{--c:var(--swap_wait)}
.c-mem_wait{--c:var(--mem_wait)}.c-lock_wait{--c:var(--lock_wait)}.c-uninterruptible{--c:var(--uninterruptible)}
.c-sleep{--c:var(--sleep)}.c-idle{--c:var(--idle)}.c-stopped{--c:var(--stopped)}.c-zombie{--c:var(--zombie)}
.c-busy{--c:var(--exec)}.c-stall_cpu{--c:var(--cpu_wait)}.c-stall_io{--c:var(--io_wait)}.c-stall_memory{--c:var(--mem_wait)}
.sw{display:inline-block;width:.8em;height:.8em;border-radius:2px;background:var(--c);margin-right:.4em;
print-color-adjust:exact;-webkit-print-color-adjust:exact}
.legend{display:flex;flex-wrap:wrap;gap:.3rem;margin:.4rem 0;padding:0;list-style:none}
.legend button{font:inherit;font-size:.85rem;color:inherit;background:var(--card);border:1px solid var(--line);
border-radius:5px;padding:.15rem .5rem;font-variant-numeric:tabular-nums;text-align:left}
.js .legend button[aria-pressed]{cursor:pointer}.legend button[aria-pressed=false]{opacity:.45}
.legend b{display:inline-block;min-width:2.6em;text-align:right;margin-left:.4em}
.chart{position:relative;margin:.3rem 0 1.6rem 3rem;border:solid var(--line);border-width:0 0 1px 1px;touch-action:pan-y}
.chart.tall{height:clamp(11rem,34vw,19rem);margin-top:1.3rem}.chart.low{height:7.5rem}
.chart svg{position:absolute;inset:0;width:100%;height:100%;display:block}
.chart path.area{fill:var(--c);print-color-adjust:exact;-webkit-print-color-adjust:exact}
.chart path.line{fill:none;stroke:var(--c);stroke-width:1.8;vector-effect:non-scaling-stroke}
.chart path.line.c-stall_io{stroke-dasharray:6 3}.chart path.line.c-stall_memory{stroke-dasharray:2 2}
.chart path.soft{fill:var(--c);opacity:.3}
.y,.x{position:absolute;font-size:.75rem;color:var(--dim);white-space:nowrap;font-variant-numeric:tabular-nums}
.y{right:100%;transform:translate(-.35rem,50%)}.x{top:100%;transform:translateX(-50%);padding-top:.15rem}.x.late{transform:translateX(-100%)}
.gy,.gx{position:absolute;background:var(--line);opacity:.6;pointer-events:none}.gy{left:0;right:0;height:1px}
.gx{top:0;bottom:0;width:1px}
.cpus{position:absolute;left:0;right:0;border-top:2px dashed var(--ink);opacity:.75;pointer-events:none}
.cpus span{position:absolute;right:0;bottom:1px;font-size:.75rem;background:var(--bg);padding:0 .3em;border-radius:3px}
.band{position:absolute;top:0;bottom:0;min-width:3px;background:var(--band);border-top:3px solid var(--mark);
pointer-events:none;print-color-adjust:exact;-webkit-print-color-adjust:exact}.band.all{background:none}.band.hot{background:var(--hot)}
.tag{position:absolute;bottom:100%;transform:translateX(-50%);font-size:.72rem;font-weight:700;color:var(--bg);
background:var(--mark);border-radius:3px;padding:0 .35em;line-height:1.35;margin-bottom:1px}
.cursor{position:absolute;top:0;bottom:0;width:1px;background:var(--ink);pointer-events:none;display:none}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:6px}
table{border-collapse:separate;border-spacing:0;width:100%;font-size:.86rem;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .6rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
tbody tr:last-child td{border-bottom:0}tfoot td{border-top:1px solid var(--line);border-bottom:0;color:var(--dim)}
th{background:var(--card);font-weight:600;vertical-align:bottom}
.l{text-align:left}td.w{white-space:normal;min-width:13rem}
td:first-child.l,th:first-child.l{position:sticky;left:0;background:var(--bg);z-index:1}
th:first-child.l{background:var(--card)}tbody tr:hover td{background:var(--card)}
.js table.sort th{cursor:pointer}th[aria-sort=descending]::after{content:" ▾"}th[aria-sort=ascending]::after{content:" ▴"}
.mix{display:flex;width:9rem;height:.85rem;border-radius:2px;overflow:hidden;background:var(--card)}
.mix i{background:var(--c);height:100%;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.tools{display:flex;gap:.6rem;flex-wrap:wrap;margin:.4rem 0}.tools input,.tools button{font:inherit;font-size:.88rem;
color:inherit;background:var(--card);border:1px solid var(--line);border-radius:5px;padding:.2rem .6rem}
.tools button{cursor:pointer}
@media (max-width:40rem){.x.odd{display:none}.chart{margin-left:2.3rem}th,td{padding:.25rem .4rem}
td:first-child.l{max-width:9.5rem;overflow:hidden;text-overflow:ellipsis}h1{font-size:1.25rem}}
@media print{:root{--bg:#fff;--card:#f5f6f8;--ink:#000;--dim:#444;--line:#bbb}body{font-size:11px;max-width:none;padding:0}
.tools,.cursor{display:none!important}.scroll{overflow:visible;border:0}tr{break-inside:avoid}
h2{break-after:avoid}.mix{width:5rem}th,td{padding:.1rem .3rem;white-space:normal}table{font-size:.75rem}}
)css";
    return kStyle;
}

// Reads the chart's numbers from the page's own JSON; writes text with textContent only.
std::string_view html_script() {
    static constexpr std::string_view kScript = R"js(
(() => {
"use strict";
document.documentElement.classList.add("js");
const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
const few = value => value === null ? "-" : value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);

const holder = document.getElementById("data");
if (holder) {
  const data = JSON.parse(holder.textContent);
  const count = data.at.length, span = data.end - data.begin;
  const charts = all(".chart"), readout = document.getElementById("moment"), rest = readout.textContent;
  const areas = all("path.area"), hidden = new Set();
  const clock = ms => new Date(data.unix_ms + ms + data.utc_offset_s * 1000).toISOString().slice(11, 19);
  const x = ms => Math.round((ms - data.begin) / span * 10000);

  const draw = () => {
    const sums = new Array(count).fill(0);
    const stacked = data.states.map((state, s) => {
      if (!hidden.has(s)) for (let i = 0; i < count; i++) sums[i] += data.in[s][i];
      return sums.slice();
    });
    areas.forEach(path => {
      const s = Number(path.dataset.series);
      let line = "M0 1000", last = -1;
      for (let i = 0; i < count; i++) {
        const [from, to] = data.at[i];
        if (i && x(from) > last + 1) line += "V1000H" + x(from);
        line += "V" + Math.round(1000 - stacked[s][i] / data.top * 1000) + "H" + (last = x(to));
      }
      path.setAttribute("d", line + "V1000Z");
      path.style.display = hidden.has(s) ? "none" : "";
    });
  };
  all("button[data-series]").forEach(button => button.addEventListener("click", () => {
    const s = Number(button.dataset.series);
    hidden.has(s) ? hidden.delete(s) : hidden.add(s);
    button.setAttribute("aria-pressed", String(!hidden.has(s)));
    draw();
  }));

  const values = all("b[data-value]"), means = values.map(cell => cell.textContent);
  let shown = -1;
  const show = index => {
    shown = index;
    const off = index < 0;
    readout.textContent = off ? rest : clock(data.at[index][0]) + " \u2013 " + clock(data.at[index][1]);
    values.forEach((cell, at) => {
      const s = Number(cell.dataset.value);
      cell.textContent = off ? means[at] : s < 100 ? few(data.in[s][index]) :
          data.pct[s - 100][index] === null ? "-" : data.pct[s - 100][index].toFixed(0) + " %";
    });
    charts.forEach(chart => {
      const cursor = chart.querySelector(".cursor");
      cursor.style.display = off ? "none" : "block";
      if (!off) cursor.style.left = ((data.at[index][0] + data.at[index][1]) / 2 - data.begin) / span * 100 + "%";
    });
  };
  charts.forEach(chart => {
    chart.addEventListener("pointermove", event => {
      const box = chart.getBoundingClientRect();
      const ms = data.begin + (event.clientX - box.left) / box.width * span;
      let index = data.at.findIndex(slice => ms < slice[1]);
      show(index < 0 ? count - 1 : index);
    });
    chart.addEventListener("pointerleave", () => show(-1));
    chart.addEventListener("blur", () => show(-1));
    chart.addEventListener("keydown", event => {
      const step = {ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20}[event.key];
      if (!step) return;
      event.preventDefault();
      show(Math.min(count - 1, Math.max(0, shown + step)));
    });
    chart.tabIndex = 0;
  });
}

all(".finding[data-no]").forEach(card => {
  const mark = on => all(".band[data-no='" + card.dataset.no + "']").forEach(band => band.classList.toggle("hot", on));
  card.addEventListener("pointerenter", () => mark(true));
  card.addEventListener("pointerleave", () => mark(false));
});

const value = cell => "v" in cell.dataset ? Number(cell.dataset.v) : cell.classList.contains("l") ? cell.textContent : null;
const order = (a, b, sign) => a === null || b === null ? (a === null) - (b === null) :
    sign * (typeof a === "string" ? a.localeCompare(b) : a - b);
all("table.sort").forEach(table => {
  const body = table.tBodies[0], rows = [...body.rows], first = 25;
  let open = rows.length <= first + 5, words = "";
  const tools = document.createElement("div"), more = document.createElement("button");
  tools.className = "tools";
  const refresh = () => {
    let seen = 0;
    [...body.rows].forEach(row => {
      const fits = !words || row.cells[0].textContent.toLowerCase().includes(words);
      row.style.display = fits && (open || words || seen < first) ? "" : "none";
      seen += fits;
    });
    more.textContent = open ? "Show the first " + first : "Show all " + rows.length + " rows";
  };
  if (!open) {
    const search = document.createElement("input");
    search.type = "search";
    search.placeholder = "Search names";
    search.setAttribute("aria-label", "Search names");
    search.addEventListener("input", () => { words = search.value.toLowerCase(); refresh(); });
    more.addEventListener("click", () => { open = !open; refresh(); });
    tools.append(search, more);
    table.parentNode.before(tools);
    refresh();
  }
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const sort = () => {
      const text = head.classList.contains("l");
      const old = head.getAttribute("aria-sort");
      const down = old ? old === "ascending" : !text;
      all("th", table).forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      rows.map(row => [value(row.cells[column]), row]).sort((a, b) => order(a[0], b[0], down ? -1 : 1))
          .forEach(pair => body.append(pair[1]));
      refresh();
    };
    head.tabIndex = 0;
    head.addEventListener("click", sort);
    head.addEventListener("keydown", event => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(); }
    });
  });
});
})();
)js";
    return kScript;
}

std::string_view html_script_hash() {
    return "sha256-/j7W1RkA3ptgIPjlD9RI0oOEf6yfZdLDQIHCF5ZjC3U=";
}

}  // namespace tsa
