// SPDX-License-Identifier: MIT
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
  const clock = localMs => new Date(localMs).toISOString().slice(11, 19);
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
    readout.textContent = off ? rest : clock(data.local[index][0]) + " \u2013 " + clock(data.local[index][1]);
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

const flames = document.getElementById("flames");
if (flames) {
  const {states, names} = JSON.parse(flames.textContent), row = 18, svgName = document.querySelector(".flame svg").namespaceURI;
  const make = (name, attributes, text) => {
    const element = document.createElementNS(svgName, name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const time = ns => ns < 1e6 ? (ns / 1e3).toFixed(1) + " \u00b5s" : ns < 1e9 ? (ns / 1e6).toFixed(2) + " ms" : (ns / 1e9).toFixed(2) + " s";
  const share = (ns, of) => (of ? ns / of * 100 : 0).toFixed(1) + " %";
  const depth = node => 1 + node[2].reduce((most, callee) => Math.max(most, depth(callee)), 0);
  let words = "";
  const matches = node => words && names[node[0]].toLowerCase().includes(words);
  const found = node => matches(node) ? node[1] : node[2].reduce((sum, callee) => sum + found(callee), 0);
  const views = all(".flame").map(place => {
    const whole = states[Number(place.dataset.flame)], line = document.createElement("p"), path = [whole];
    line.className = "dim";
    const draw = () => {
      const top = path[path.length - 1], width = place.clientWidth || 800, levels = path.length - 1 + depth(top);
      const svg = make("svg", {width, height: levels * row, role: "img", "aria-label": "flame graph of " + names[whole[0]]});
      const box = (node, x, w, level, open) => {
        const group = make("g", {class: "frame" + (matches(node) ? " hit" : "") + (open ? " open" : ""), tabindex: 0});
        const y = (levels - 1 - level) * row, name = names[node[0]], fits = Math.floor((w - 6) / 7);
        group.append(make("title", {}, name + "\n" + time(node[1]) + ", " + share(node[1], whole[1])));
        group.append(make("rect", {x, y, width: Math.max(w - .5, .5), height: row - 1, rx: 2, "fill-opacity": .45 + .35 * (node[0] * 7 % 10 / 10)}));
        if (fits > 2) group.append(make("text", {x: x + 3, y: y + row - 5}, name.length > fits ? name.slice(0, fits - 1) + "\u2026" : name));
        const zoom = () => { open ? path.length = level + 1 : path.push(...way(top, node).slice(1)); draw(); };
        group.addEventListener("click", zoom);
        group.addEventListener("keydown", event => { if (event.key === "Enter") zoom(); });
        group.addEventListener("pointerenter", () => { line.textContent = name + ": " + time(node[1]) + ", " + share(node[1], whole[1]); });
        svg.append(group);
      };
      const below = (node, x, w, level) => node[2].slice().sort((a, b) => b[1] - a[1]).forEach(callee => {
        const wide = w * callee[1] / node[1];
        if (wide >= .7) { box(callee, x, wide, level, false); below(callee, x, wide, level + 1); }
        x += wide;
      });
      path.forEach((node, level) => box(node, 0, width, level, true));
      below(top, 0, width, path.length);
      line.textContent = words ? share(found(whole), whole[1]) + " in functions with \u201c" + words + "\u201d" : "Click a function to enlarge it, one below to go back.";
      place.replaceChildren(svg, line);
    };
    const way = (from, to) => {
      if (from === to) return [from];
      for (const callee of from[2]) { const rest = way(callee, to); if (rest) return [from, ...rest]; }
      return null;
    };
    place.closest("details").addEventListener("toggle", draw);
    return draw;
  });
  const redraw = () => views.forEach(draw => draw());
  const search = document.createElement("input");
  search.type = "search";
  search.placeholder = "Search functions";
  search.setAttribute("aria-label", "Search functions");
  search.addEventListener("input", () => { words = search.value.toLowerCase(); redraw(); });
  document.querySelector(".flame-tools").append(search);
  const follow = () => {
    const part = location.hash.startsWith("#stacks-") && document.getElementById(location.hash.slice(1));
    if (part) part.open = true;
  };
  addEventListener("hashchange", follow);
  addEventListener("resize", redraw);
  follow();
  redraw();
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
