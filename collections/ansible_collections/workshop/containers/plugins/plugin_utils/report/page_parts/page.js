"use strict";
// Shows the results of a run (results.schema.json). Whatever a machine said becomes text, never HTML.

const results = JSON.parse(document.getElementById("data").textContent);
const { words, ...data } = results;
const SIGNS = { passed: "", failed: "✕", blocked: "–", unknown: "?", planned: "○", not_here: "" };
const WORST = ["failed", "unreachable", "unfinished", "unknown", "planned", "passed"];
const MOST = 20000; // characters of one text
const FIRST = 40; // machines that are shown at once
const byId = (id) => document.getElementById(id);

let language = navigator.language.toLowerCase().startsWith("ru") ? "ru" : "en";
let word = (key) => words[language][key] ?? key;

// Building

function element(tag, options = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(options)) {
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

// Control characters and those that turn the direction of writing, as symbols
function visible(text) {
  const cut = text.length > MOST ? `${text.slice(0, MOST)} … (+${text.length - MOST})` : text;
  return cut
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, (each) => String.fromCharCode(0x2400 + each.charCodeAt(0)))
    .replace(/[\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "�");
}

const mark = (status, big) => {
  const made = element("i", { class: `m ${status}${big ? " big" : ""}`, "aria-hidden": "true" });
  made.textContent = SIGNS[status] ?? "✕";
  return made;
};

// Reading the results

const hosts = Object.entries(data.hosts).map(([name, entry]) => ({ name, ...entry }));
for (const host of hosts) {
  host.lessons = new Map();
  for (const step of host.steps) {
    if (!host.lessons.has(step.lesson)) host.lessons.set(step.lesson, []);
    host.lessons.get(step.lesson).push(step);
  }
  host.passed = host.steps.filter((step) => step.status === "passed").length;
  host.counted = host.steps.filter((step) => step.status !== "not_here").length;
  host.seconds = host.steps.reduce((sum, step) => sum + (step.seconds || 0), 0);
}
const lessons = [...new Set(hosts.flatMap((host) => [...host.lessons.keys()]))];
const steps = [...new Map(hosts.flatMap((host) => host.steps.map((step) => [step.id, step]))).values()];
const workshops = Object.values(data.workshops);

function told(kind, id, otherwise) {
  for (const workshop of workshops) {
    const text = workshop[kind][id];
    if (text) return text[language] ?? Object.values(text)[0];
  }
  return otherwise;
}
const titleOf = (step) => told("steps", step.id, step.title);
const lessonTitle = (lesson) => told("lessons", lesson, lesson);
const seconds = (value) => (value === null ? "" : `${value.toFixed(1)} ${word("s")}`);
const statusWord = (status) => word(`status_${status}`);

// What is shown

const chosen = { status: "", step: "", name: "", order: "inventory" };

function matches(host) {
  if (!host.name.toLowerCase().includes(chosen.name.toLowerCase())) return false;
  const found = chosen.step ? host.steps.find((step) => step.id === chosen.step) : null;
  if (chosen.step && !found) return false;
  if (!chosen.status) return true;
  return (found ? found.status : host.status) === chosen.status;
}

const ORDERS = {
  inventory: () => 0,
  name: (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }),
  worst: (a, b) => WORST.indexOf(a.status) - WORST.indexOf(b.status),
  least: (a, b) => a.passed / (a.counted || 1) - b.passed / (b.counted || 1),
  slowest: (a, b) => b.seconds - a.seconds,
};

function cell(host, lesson) {
  const found = host.lessons.get(lesson) ?? [];
  if (!found.length) return element("td");
  const counts = {};
  for (const step of found) counts[step.status] = (counts[step.status] ?? 0) + 1;
  const said = Object.entries(counts).map(([status, count]) => `${count} ${statusWord(status)}`);
  const label = `${host.name}, ${lessonTitle(lesson)}: ${said.join(", ")}`;
  return element("td", {}, element("button", {
    type: "button", tabindex: "-1", "aria-label": label, title: label, onclick: () => open(host, lesson),
  }, ...found.map((step) => mark(step.status))));
}

function row(host) {
  const name = element("button", { type: "button", tabindex: "-1", onclick: () => open(host) },
    mark(host.status, true), visible(host.name));
  name.setAttribute("aria-label", `${host.name}: ${statusWord(host.status)}`);
  const share = host.counted ? `${host.passed}/${host.counted}` : "";
  return element("tr", {},
    element("th", { scope: "row" }, name),
    element("td", { class: "number" }, share),
    ...lessons.map((lesson) => cell(host, lesson)),
    element("td", { class: "number" }, host.steps.length ? seconds(host.seconds) : ""));
}

function matrix() {
  const shown = hosts.filter(matches).sort(ORDERS[chosen.order]);
  const head = element("tr", {},
    element("th", { scope: "col" }, word("machine")),
    element("th", { scope: "col" }, word("done")),
    ...lessons.map((lesson) => element("th", { scope: "col", class: "lesson" },
      element("span", {}, lessonTitle(lesson)))),
    element("th", { scope: "col" }, word("time")));
  const body = element("tbody", {}, ...shown.slice(0, FIRST).map(row));
  byId("matrix").replaceChildren(element("table", {}, element("thead", {}, head), body));
  later(body, shown.slice(FIRST));
  const first = byId("matrix").querySelector("tbody button");
  if (first) first.tabIndex = 0;
  byId("found").textContent = `${shown.length} ${word("of")} ${hosts.length} ${word("machines")}`;
  failures(shown);
}

// A large room comes in pieces: what is in sight at once, the rest as the browser finds time.
function later(body, rest) {
  if (!rest.length) return;
  setTimeout(() => {
    if (!body.isConnected) return;
    body.append(...rest.slice(0, FIRST).map(row));
    later(body, rest.slice(FIRST));
  });
}

// One tab stop; arrows go from cell to cell.
byId("matrix").addEventListener("keydown", (event) => {
  const here = event.target.closest("button");
  if (!here || !event.key.startsWith("Arrow")) return;
  const place = here.closest("th, td");
  const line = place.parentElement;
  const next = {
    ArrowRight: () => nextWithButton(place, "nextElementSibling"),
    ArrowLeft: () => nextWithButton(place, "previousElementSibling"),
    ArrowDown: () => line.nextElementSibling?.cells[place.cellIndex],
    ArrowUp: () => line.previousElementSibling?.cells[place.cellIndex],
  }[event.key]()?.querySelector("button");
  if (!next) return;
  event.preventDefault();
  here.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
function nextWithButton(place, way) {
  let next = place[way];
  while (next && !next.querySelector("button")) next = next[way];
  return next;
}

function counts() {
  const found = {};
  for (const host of hosts) found[host.status] = (found[host.status] ?? 0) + 1;
  byId("counts").replaceChildren(...WORST.filter((status) => found[status]).map((status) =>
    element("button", {
      type: "button", class: status, "aria-pressed": String(chosen.status === status && !chosen.step),
      onclick: () => {
        const again = chosen.status === status && !chosen.step;
        Object.assign(chosen, { status: again ? "" : status, step: "" });
        draw();
      },
    }, element("b", {}, String(found[status])), statusWord(status))));
}

function failures(shown) {
  const stuck = new Map();
  for (const host of shown) {
    for (const step of host.steps) {
      if (step.status !== "failed") continue;
      if (!stuck.has(step.id)) stuck.set(step.id, []);
      stuck.get(step.id).push({ host, step });
    }
  }
  const ended = shown.filter((host) => !host.steps.length && host.message);
  const articles = [...stuck.values()].sort((a, b) => b.length - a.length).map((found) => {
    const [{ step }] = found;
    return element("article", {},
      element("h3", {}, `${found.length} × ${titleOf(step)} `, element("span", { class: "id" }, step.id)),
      said(step),
      element("p", { class: "quiet" }, found.map(({ host }) => visible(host.name)).join(", ")));
  });
  const others = ended.map((host) => element("article", {},
    element("h3", {}, `${visible(host.name)}: ${statusWord(host.status)}`),
    element("p", { class: "bidi" }, visible(host.message))));
  byId("stuck").replaceChildren(...articles, ...others);
  byId("failures").hidden = !articles.length && !others.length;
}

// A machine, or one lesson on it

function said(step) {
  const list = element("dl");
  for (const key of ["expected", "observed", "remedy", "evidence"]) {
    if (step[key]) list.append(element("dt", {}, word(key)), element("dd", { dir: "auto" }, visible(step[key])));
  }
  for (const workshop of workshops) {
    for (const [id, erratum] of Object.entries(workshop.errata)) {
      if (!erratum.steps.includes(step.id)) continue;
      const text = erratum.text[language] ?? Object.values(erratum.text)[0];
      list.append(element("dt", {}, `${word("erratum")} ${id}`), element("dd", {}, text));
    }
  }
  if (step.output) {
    const output = element("pre", { tabindex: "0" }, visible(step.output));
    list.append(element("dt", {}, word("output")), element("dd", {}, output));
  }
  return list;
}

function detailsOf(step) {
  const wrong = step.status === "failed";
  const about = element("details", {},
    element("summary", {}, mark(step.status, true), titleOf(step), element("span", { class: "id" }, step.id),
      element("span", { class: "quiet" }, `${statusWord(step.status)}${step.changed ? `, ${word("changed")}` : ""} ${seconds(step.seconds)}`)));
  // Thousands of texts are not built before somebody looks.
  const fill = () => about.children.length === 1 && about.append(said(step));
  about.addEventListener("toggle", fill);
  if (wrong) {
    about.open = true;
    fill();
  }
  return about;
}

function open(host, lesson) {
  const facts = [];
  if (host.message) facts.push(element("p", { class: "bidi" }, visible(host.message)));
  if (!lesson) {
    const list = element("dl");
    const add = (key, value) => value && list.append(element("dt", {}, word(key)), element("dd", {}, visible(value)));
    add("workshop", host.workshop);
    add("reached", host.reached);
    add("engine", host.engine);
    add("task", host.steps.length ? "" : host.task);
    for (const image of host.base_images) {
      add("base_image", `${image.name} ${image.stand_in ? `(${word("stand_in")}: ${image.stand_in})` : image.digest ?? ""}`);
    }
    for (const kept of host.kept) add("kept", `${kept.what}: ${kept.why}`);
    facts.push(list);
  }
  for (const [name, found] of host.lessons) {
    if (lesson && lesson !== name) continue;
    if (!lesson) facts.push(element("h3", {}, lessonTitle(name)));
    facts.push(...found.map(detailsOf));
  }
  byId("about").textContent = visible(lesson ? `${host.name}: ${lessonTitle(lesson)}` : host.name);
  byId("facts").replaceChildren(...facts);
  byId("details").showModal();
}

// Settings

function options(select, pairs, value) {
  select.replaceChildren(...pairs.map(([key, text]) => element("option", { value: key }, text)));
  select.value = value;
}

function draw() {
  document.documentElement.lang = language;
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = word(each.dataset.word);
  const [workshop] = workshops;
  const title = workshop ? workshop.title[language] ?? Object.values(workshop.title)[0] : word("report");
  byId("title").textContent = title;
  document.title = `${title}: ${word("report")}`;
  const started = new Date(data.started).toLocaleString(language, { dateStyle: "long", timeStyle: "short" });
  const dry = data.check_mode ? `, ${word("check_mode")}` : "";
  byId("run").textContent = `${data.playbook}, ${started}, ${seconds(data.seconds)}${dry}`;
  byId("matrix").setAttribute("aria-label", word("matrix"));
  byId("close").textContent = word("close");
  options(byId("language"), [["en", "English"], ["ru", "Русский"]], language);
  options(byId("theme"), ["auto", "light", "dark"].map((each) => [each, word(`theme_${each}`)]),
    document.documentElement.dataset.theme ?? "auto");
  options(byId("step"), [["", word("any_step")], ...steps.map((step) => [step.id, `${step.id} ${titleOf(step)}`])],
    chosen.step);
  const statuses = chosen.step ? Object.keys(SIGNS) : WORST;
  options(byId("status"), [["", word("any_status")], ...statuses.map((each) => [each, statusWord(each)])],
    statuses.includes(chosen.status) ? chosen.status : "");
  options(byId("order"), Object.keys(ORDERS).map((each) => [each, word(`order_${each}`)]), chosen.order);
  byId("legend").replaceChildren(...Object.keys(SIGNS).map((status) =>
    element("span", {}, mark(status), statusWord(status))));
  counts();
  matrix();
}

byId("name").addEventListener("input", (event) => {
  chosen.name = event.target.value;
  matrix();
});
byId("filters").addEventListener("change", (event) => {
  if (event.target.id === "name") return;
  chosen[event.target.id] = event.target.value;
  if (event.target.id === "step" && !Object.keys(SIGNS).includes(chosen.status)) chosen.status = "";
  draw();
});
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("filters").addEventListener("reset", () => {
  Object.assign(chosen, { status: "", step: "", name: "", order: "inventory" });
  setTimeout(draw);
});
byId("language").addEventListener("change", (event) => {
  language = event.target.value;
  draw();
});
byId("theme").addEventListener("change", (event) => {
  if (event.target.value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = event.target.value;
});
byId("close").addEventListener("click", () => byId("details").close());
byId("details").addEventListener("click", (event) => {
  if (event.target === byId("details")) byId("details").close();
});
draw();
