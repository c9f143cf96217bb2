/* The page works without this; with it: search, filters, sorting, copies of tables. Text from data is only ever set as
   text: no markup is made from it. */
(() => {
"use strict";
const d = document, root = d.documentElement, main = d.querySelector("main");
const all = (selector, within = d) => [...within.querySelectorAll(selector)];
const make = (tag, properties, ...children) => {
  const element = Object.assign(d.createElement(tag), properties);
  element.append(...children);
  return element;
};
const button = (text, label, click) => {
  const made = make("button", { type: "button", textContent: text });
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", click);
  return made;
};
const count = (n, one, many) => n.toLocaleString("en") + " " + (n === 1 ? one : many);
root.classList.add("js");

/* Contents: open where there is room. */
const toc = d.querySelector(".toc"), wide = matchMedia("(min-width:64.01rem)");
const place = () => { toc.open = wide.matches; };
place();
wide.addEventListener("change", place);

/* Theme and folding. */
const tools = d.querySelector(".tools");
if (tools) tools.hidden = false;
const theme = d.querySelector("[data-theme-toggle]");
if (theme) {
  let dark = matchMedia("(prefers-color-scheme:dark)").matches;
  const show = () => {
    theme.textContent = dark ? "Light" : "Dark";
    theme.setAttribute("aria-pressed", dark);
  };
  show();
  theme.addEventListener("click", () => {
    dark = !dark;
    root.dataset.theme = dark ? "dark" : "light";
    show();
  });
}
const unfold = d.querySelector("[data-unfold]");
if (unfold) unfold.addEventListener("click", () => {
  const on = unfold.getAttribute("aria-pressed") !== "true";
  all("details.wp").forEach(box => { box.open = on; });
  unfold.setAttribute("aria-pressed", on);
  unfold.textContent = on ? "Fold all" : "Unfold all";
});

/* A link into a folded or hidden box opens it; a link to the other page takes the filters along. */
const open = element => {
  const opened = [];
  for (let box = element.closest("details.wp"); box; box = box.parentElement.closest("details.wp")) {
    if (!box.open) opened.push(box);
    box.open = true;
  }
  return opened;
};
const target = () => {
  try { return d.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return null; }
};
const reveal = () => {
  const found = location.hash && target();
  if (!found) return;
  const hidden = found.closest("[hidden]");
  if (hidden && main.contains(hidden)) hidden.hidden = false;
  if (hidden || found.closest("details.wp")) {
    open(found);
    found.scrollIntoView();
  }
};
d.addEventListener("click", event => {
  const link = event.target.closest("a[href^='annex.html'],a[href^='report.html']");
  if (link) link.search = location.search;
});

/* Where the reader is. */
const links = new Map(all(".side a").map(a => [a.hash.slice(1), a]));
const heads = all("h2[id],h3[id]").filter(head => links.has(head.id));
let here = null, waiting = false;
const mark = () => {
  waiting = false;
  let low = 0, high = heads.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (heads[middle].getBoundingClientRect().top < 140) low = middle + 1; else high = middle;
  }
  const link = low ? links.get(heads[low - 1].id) : null;
  if (link === here) return;
  all(".side [aria-current]").forEach(a => a.removeAttribute("aria-current"));
  all(".side .here").forEach(li => li.classList.remove("here"));
  here = link;
  if (!link) return;
  link.setAttribute("aria-current", "true");
  for (let li = link.closest("li"); li; li = li.parentElement.closest("li")) li.classList.add("here");
};
const later = () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(mark);
};
addEventListener("scroll", later, { passive: true });
later();

/* Tables: sorting. Severities and results go by weight, numbers by the number behind the text, times and words as they read. */
const WEIGHT = ["critical", "high", "medium", "low", "informational", "none"];
const words = new Intl.Collator("en", { numeric: true });
const shown = cell => {
  const text = cell.textContent.trim();
  return text === "–" ? "" : text;
};
const weight = cell => {
  const at = WEIGHT.indexOf(shown(cell));
  return at < 0 ? WEIGHT.length : at;
};
const number = cell => {
  if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
  return parseFloat(shown(cell).replace(/,/g, "").replace("\u2212", "-"));
};
const sort = (table, at, head, up) => {
  const body = table.tBodies[0], sum = body.querySelector(".sum");
  const rows = [...body.rows].filter(row => row !== sum);
  const is = name => head.classList.contains(name);
  const key = is("s") ? weight : is("r") ? number : shown;
  const keyed = rows.map(row => [key(row.cells[at]), shown(row.cells[at]), row]);
  const empty = ([value]) => value === "" || Number.isNaN(value);
  keyed.sort((a, b) => {
    if (empty(a) || empty(b)) return empty(a) - empty(b);
    let order = typeof a[0] === "number" ? a[0] - b[0] : words.compare(a[0], b[0]);
    if (!order) order = words.compare(a[1], b[1]);
    return up ? order : -order;
  });
  body.append(...keyed.map(entry => entry[2]));
  if (sum) body.append(sum);
};
all("[data-sort] table").forEach(table => [...table.tHead.rows[0].cells].forEach((head, at) => {
  const press = button("", "", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    all("[aria-sort]", table).forEach(other => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    sort(table, at, head, up);
  });
  press.append(...head.childNodes);
  head.append(press);
}));

/* Tables: copy and CSV, of the rows shown, in their order. Nothing in a cell runs as a formula, as in the workpapers. */
const FORMULA = /^[\s"']*[=+\-@＝＋－＠]/, NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const inert = text => text.split(/(?<=[;\t\n])/).map(part => {
  const cell = part.replace(/[;\t\n]+$/, "");
  return FORMULA.test(cell) && !NUMBER.test(cell) ? "'" + part : part;
}).join("");
const grid = box => {
  const table = box.querySelector("table"), rows = [...table.rows].filter(row => !row.hidden);
  const value = cell => {
    const text = shown(cell);
    return inert(/^\d[\d,]*(\.\d+)?$/.test(text) && cell.classList.contains("r") ? text.replace(/,/g, "") : text);
  };
  const lines = rows.map(row => [...row.cells].map(value));
  const hidden = table.rows.length - rows.length;
  if (hidden) lines.push([count(hidden, "row", "rows") + " hidden by filters"]);
  const note = box.querySelector(".tnote");
  if (box.dataset.of) lines.push(["cut: " + (note ? note.textContent : "not all of " + box.dataset.of + " rows")]);
  return lines;
};
const quoted = text => /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
const save = (name, text) => {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
};
const copy = async (press, text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", { value: text, className: "vh" });
    press.after(area);
    area.select();
    d.execCommand("copy");
    area.remove();
    press.focus();
  }
  press.textContent = "Copied";
  setTimeout(() => { press.textContent = "Copy"; }, 1500);
};
all(".tbl").forEach(box => {
  const name = box.querySelector(".scroll").getAttribute("aria-label");
  const press = button("Copy", "Copy table: " + name, () => copy(press, grid(box).map(line => line.join("\t")).join("\n")));
  const file = button("CSV", "Save table as CSV: " + name, () =>
    save((box.id.replace(/^table-/, "") || "table") + ".csv", grid(box).map(line => line.map(quoted).join(",") + "\n").join("")));
  box.prepend(make("div", { className: "acts" }, press, file));
});

/* Filters: what a row or box does not state is never a reason to hide it. */
const bar = d.querySelector(".filters");
let search = () => {};
if (bar) {
  const facets = all(".facet", bar).map(box => ({
    key: box.dataset.key, box, summary: box.querySelector("summary"), word: box.querySelector("summary").textContent,
    inputs: all("input", box),
  }));
  const attributes = facets.map(({ key }) => "[data-" + key + "]").join(",");
  const boxes = attributes ? all("details.wp", main).filter(box => box.matches(attributes)) : [];
  const rows = attributes ? all("tr", main).filter(row => row.matches(attributes)) : [];
  const tables = new Map();
  rows.forEach(row => {
    const box = row.closest(".tbl");
    if (!tables.has(box)) tables.set(box, []);
    tables.get(box).push(row);
  });
  const state = bar.querySelector(".state"), clear = bar.querySelector("[data-clear]");
  const chosen = () => facets.map(facet => [facet, new Set(facet.inputs.filter(i => i.checked).map(i => i.value))]).filter(([, set]) => set.size);
  const apply = () => {
    const active = chosen();
    const hides = element => active.some(([{ key }, set]) => {
      const held = element.dataset[key];
      return held !== undefined && !held.split("\n").some(value => set.has(value));
    });
    boxes.concat(rows).forEach(element => { element.hidden = hides(element); });
    tables.forEach((own, box) => {
      const left = own.filter(row => !row.hidden).length;
      let note = box.querySelector(".filtered");
      if (left < own.length && !note) {
        note = make("p", { className: "filtered tnote" });
        box.append(note);
      }
      if (note) {
        note.hidden = left === own.length;
        note.textContent = "Filtered: " + left + " of " + count(own.length, "row", "rows") + " shown" + (box.querySelector(".sum") ? "; totals are of all rows" : "");
      }
    });
    facets.forEach(({ summary, word, inputs }) => {
      const n = inputs.filter(input => input.checked).length;
      summary.textContent = n ? word + " (" + n + ")" : word;
    });
    const gone = rows.filter(row => row.hidden || row.closest("details.wp[hidden]")).length;
    const folded = boxes.filter(box => box.hidden).length;
    const label = input => input.nextElementSibling.textContent;
    state.textContent = active.length
      ? "Filtered by " + active.map(([{ word, inputs }]) => word.toLowerCase() + ": " + inputs.filter(i => i.checked).map(label).join(", ")).join("; ")
        + ". Hidden: " + gone.toLocaleString("en") + " of " + count(rows.length, "row", "rows")
        + ", " + folded.toLocaleString("en") + " of " + count(boxes.length, "control or measure", "controls and measures") + "."
      : "";
    bar.classList.toggle("on", active.length > 0);
    clear.hidden = !active.length;
    search();
  };
  const restore = () => {
    const query = new URLSearchParams(location.search);
    facets.forEach(({ key, inputs }) => {
      const wanted = query.getAll(key);
      inputs.forEach(input => { input.checked = wanted.includes(input.value); });
    });
    apply();
  };
  const keep = () => {
    const query = new URLSearchParams();
    chosen().forEach(([{ key }, set]) => set.forEach(value => query.append(key, value)));
    const text = query.toString();
    try { history.pushState(null, "", location.pathname + (text ? "?" + text : "") + location.hash); } catch { /* not kept */ }
    apply();
  };
  bar.addEventListener("change", keep);
  clear.addEventListener("click", () => {
    facets.forEach(({ inputs }) => inputs.forEach(input => { input.checked = false; }));
    keep();
    facets[0].summary.focus();
  });
  const close = except => facets.forEach(({ box }) => { if (box !== except) box.open = false; });
  d.addEventListener("click", event => close(event.target.closest(".facet")));
  bar.addEventListener("keydown", event => {
    const box = event.target.closest(".facet[open]");
    if (event.key !== "Escape" || !box) return;
    box.open = false;
    box.querySelector("summary").focus();
  });
  addEventListener("popstate", restore);
  bar.hidden = !facets.length;
  restore();
}
addEventListener("hashchange", reveal);
reveal();

/* Search: one text of the whole page, with the place of each piece; hits are painted over the text, which stays as it is. */
const panel = d.querySelector(".search");
if (panel) {
  const LEAST = 2, PAINTED = 2000;
  const INLINE = new Set(["code", "wbr", "em", "strong", "a", "b", "i", "bdi", "button"]), SKIP = ".filters,.acts,.filtered,svg,.narrow";
  const input = panel.querySelector("input"), found = panel.querySelector("[role=status]");
  const [previous, next] = all("button", panel);
  const paint = window.CSS && CSS.highlights && window.Highlight;
  let nodes = null, starts, text, hits = [], at = -1, opened = [];
  const fold = part => {
    const low = part.toLowerCase();
    return (low.length === part.length ? low : Array.from(part, c => c.toLowerCase().length === c.length ? c.toLowerCase() : c).join("")).replace(/\s/g, " ");
  };
  const read = () => {
    const parts = [], walk = d.createTreeWalker(main, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, {
      acceptNode: node => node.nodeType === 1 && node.matches(SKIP) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
    });
    let length = 0, apart = false;
    nodes = [];
    starts = [];
    while (walk.nextNode()) {
      const node = walk.currentNode;
      if (node.nodeType === 1) {
        apart = apart || !INLINE.has(node.localName);
        continue;
      }
      if (apart) parts.push("\n");
      length += apart;
      apart = false;
      nodes.push(node);
      starts.push(length);
      parts.push(fold(node.data));
      length += node.data.length;
    }
    text = parts.join("");
  };
  /* The piece that holds a place of the text. */
  const piece = place => {
    let low = 0, high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= place) low = middle + 1; else high = middle;
    }
    return low - 1;
  };
  const range = place => {
    const made = d.createRange(), first = piece(place), end = place + input.value.trim().length, last = piece(end - 1);
    made.setStart(nodes[first], place - starts[first]);
    made.setEnd(nodes[last], end - starts[last]);
    return made;
  };
  const go = step => {
    if (!hits.length) return;
    at = (at + step + hits.length) % hits.length;
    const one = range(hits[at]), element = one.startContainer.parentElement;
    opened.push(...open(element));
    if (paint) CSS.highlights.set("at", new Highlight(one));
    all(".at").forEach(other => other.classList.remove("at"));
    (element.closest("tr,p,li,h2,h3,h4,dd,pre") || element).classList.add("at");
    element.scrollIntoView({ block: "center", behavior: "instant" });
    found.textContent = (at + 1).toLocaleString("en") + " of " + hits.length.toLocaleString("en");
  };
  search = (fresh = false) => {
    const query = fold(input.value.trim());
    if (paint) CSS.highlights.clear();
    all(".at").forEach(other => other.classList.remove("at"));
    if (!query || fresh) {
      opened.forEach(box => { box.open = false; });
      opened = [];
    }
    hits = [];
    at = -1;
    panel.classList.toggle("on", Boolean(query));
    found.textContent = query ? "Two characters or more" : "";
    if (query.length < LEAST) return;
    if (!nodes) read();
    for (let place = text.indexOf(query); place >= 0; place = text.indexOf(query, place + query.length)) {
      if (!nodes[piece(place)].parentElement.closest("[hidden]")) hits.push(place);
    }
    previous.disabled = next.disabled = !hits.length;
    const ranges = hits.slice(0, PAINTED).map(range);
    ranges.forEach(one => opened.push(...open(one.startContainer.parentElement)));
    if (paint) CSS.highlights.set("found", new Highlight(...ranges));
    if (hits.length && fresh) go(1);
    else if (hits.length) found.textContent = hits.length.toLocaleString("en") + " found";
    else found.textContent = "Not found" + (bar && bar.classList.contains("on") ? " in what the filters show" : "");
  };
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 120, true);
  });
  input.addEventListener("keydown", event => {
    if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") {
      event.preventDefault();
      clearTimeout(timer);
      input.value = "";
      search(true);
    }
  });
  previous.addEventListener("click", () => go(-1));
  next.addEventListener("click", () => go(1));
  d.addEventListener("keydown", event => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input,textarea")) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
  const cut = all("[data-of]").length;
  if (cut) panel.querySelector(".hint").textContent = count(cut, "table is", "tables are") + " cut: rows left out are in the workpapers and are not searched.";
  panel.hidden = false;
}
root.classList.add("ready");
})();
