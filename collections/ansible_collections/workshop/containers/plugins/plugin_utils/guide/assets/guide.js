// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// What a page of the guide does; without it all of its text is still there.
"use strict";

const one = (selector, from = document) => from.querySelector(selector);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];

// The theme
const theme = one("#theme");
theme.value = document.documentElement.dataset.theme || "";
theme.addEventListener("change", () => {
  if (theme.value) document.documentElement.dataset.theme = theme.value;
  else delete document.documentElement.dataset.theme;
  try { localStorage.setItem("guide-theme", theme.value); } catch { /* a browser that keeps nothing */ }
});

// The list of lessons is open where there is room beside the text.
const wide = matchMedia("(min-width: 62rem)");
const menu = one("#menu");
const fit = () => { menu.open = wide.matches; };
fit();
wide.addEventListener("change", fit);

// In another language one stays at the same step.
const follow = () => all(".languages a").forEach((link) => { link.hash = location.hash; });
follow();
addEventListener("hashchange", follow);

// Copying
all(".copy").forEach((button) => {
  button.hidden = false;
  const words = button.textContent;
  button.addEventListener("click", async () => {
    const code = one("code", button.closest("figure"));
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch { // a page from disk may not use the clipboard in every browser
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = words; }, 2000);
  });
});

// Search
const search = one("#search");
const results = one("#results");
const found = one("#found");
const rows = window.guideIndex.map((row) => ({
  ...row,
  head: `${row.title} ${row.id} ${row.command}`.toLowerCase(),
  all: `${row.title} ${row.id} ${row.command} ${row.lesson} ${row.text}`.toLowerCase(),
}));
const SHOWN = 20;
let chosen = -1;

function look() {
  const asked = search.value.toLowerCase().trim();
  const words = asked.split(/\s+/).filter(Boolean).map(starting);
  const hits = words.length ? rows.filter((row) => words.every((word) => word.test(row.all))) : [];
  const weight = (row) => words.filter((word) => word.test(row.head)).length + 9 * row.head.includes(asked);
  hits.sort((a, b) => weight(b) - weight(a));
  results.replaceChildren(...hits.slice(0, SHOWN).map(shown));
  results.hidden = hits.length === 0;
  found.hidden = words.length === 0;
  const said = hits.length ? search.dataset.found.replace("{number}", hits.length) : search.dataset.nothing;
  found.textContent = words.length ? said : "";
  search.setAttribute("aria-expanded", String(hits.length > 0));
  choose(-1);
}

// What begins a word, or is one of signs only
function starting(word) {
  return new RegExp(`(?<![\\p{L}\\p{N}])${word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}`, "u");
}

function shown(row, number) {
  const item = document.createElement("li");
  item.id = `result-${number}`;
  item.role = "option";
  item.ariaSelected = "false";
  for (const [kind, text] of [["title", row.title], ["command", row.command.split("\n")[0]], ["lesson", row.lesson]]) {
    const part = document.createElement("span");
    part.className = kind;
    part.textContent = text;
    item.append(part);
  }
  item.addEventListener("click", () => go(row.address));
  item.dataset.address = row.address;
  return item;
}

function choose(number) {
  const items = all("li", results);
  chosen = items.length ? (number + items.length) % items.length : -1;
  if (number < 0 && number !== -2) chosen = -1;
  items.forEach((item, index) => { item.ariaSelected = String(index === chosen); });
  if (chosen >= 0) {
    search.setAttribute("aria-activedescendant", items[chosen].id);
    items[chosen].scrollIntoView({ block: "nearest" });
  } else search.removeAttribute("aria-activedescendant");
}

function go(address) {
  search.value = "";
  look();
  location.href = address;
}

search.addEventListener("input", look);
search.addEventListener("keydown", (event) => {
  const items = all("li", results);
  if (event.key === "ArrowDown") choose(chosen + 1);
  else if (event.key === "ArrowUp") choose(chosen > 0 ? chosen - 1 : items.length - 1);
  else if (event.key === "Enter" && items.length) go(items[Math.max(chosen, 0)].dataset.address);
  else if (event.key === "Escape") { search.value = ""; look(); search.blur(); }
  else return;
  event.preventDefault();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest(".find")) { results.hidden = true; found.hidden = true; }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, .player")) return;
  event.preventDefault();
  search.focus();
});

// Recordings: a player where one is in sight, its text folded away.
const casts = one("#casts");
if (casts && window.AsciinemaPlayer) {
  const recorded = JSON.parse(casts.textContent);
  const play = (place) => {
    window.AsciinemaPlayer.create({ data: recorded[place.dataset.cast] }, place, {
      rows: Number(place.dataset.rows) || undefined,
      fit: "width", idleTimeLimit: 1.5, poster: "npt:999:00", preload: true, controls: true,
      terminalFontSize: "15px", theme: "guide",
    });
  };
  const sight = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) { sight.unobserve(target); play(target); }
    }
  }, { rootMargin: "400px" });
  all(".player").forEach((place) => {
    one(".as-text", place.parentElement).open = false;
    sight.observe(place);
  });
}

// On paper everything is unfolded, and afterwards as it was.
let folded = [];
addEventListener("beforeprint", () => {
  folded = all("main details:not([open])");
  folded.forEach((each) => { each.open = true; });
});
addEventListener("afterprint", () => folded.forEach((each) => { each.open = false; }));
