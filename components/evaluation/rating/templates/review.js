"use strict";
const { review, pairs } = JSON.parse(document.getElementById("data").textContent);
const at = id => document.getElementById(id);
const CHOICES = { left: "ArrowLeft 1", right: "ArrowRight 2", tie: "t 3", both_bad: "b 4", skip: "s 5" };
const ACTIONS = { back: "Backspace p", next: "n", undo: "z", save: "d" };
let rater = "", place = 0, ratings = new Map(), before = [];

// Private windows refuse storage: the page works, but only until it is closed.
function stored(key, value) {
  try {
    if (value === undefined) return localStorage.getItem(key);
    localStorage.setItem(key, value);
    return value;
  } catch (refused) {
    at("kept").textContent = "This browser keeps nothing: save the file before you close the page.";
    return null;
  }
}
const slot = () => `retune-review:${review}:${rater.toLowerCase()}`;
const last = `retune-review:${review}`;

function begin() {
  rater = at("rater").value.trim().replace(/\s+/g, " ");
  if (!rater) return at("rater").focus();
  stored(last, rater);
  ratings = new Map();
  before = [];
  const known = new Set(pairs.map(pair => pair.id));
  for (const [id, choice] of JSON.parse(stored(slot()) || "[]")) {
    if (known.has(id) && choice in CHOICES) ratings.set(id, choice);
  }
  place = Math.max(0, pairs.findIndex(pair => !ratings.has(pair.id)));
  ratings.size === pairs.length ? finish() : show();
}

function screen(name) {
  for (const id of ["start", "rate", "end"]) at(id).hidden = id !== name;
}

function turn([who, text]) {
  const folded = who === "instruction", box = document.createElement(folded ? "details" : "div");
  const name = box.appendChild(document.createElement(folded ? "summary" : "b"));
  name.textContent = { user: "Question", model: "Answer before", instruction: "Instruction" }[who] || who;
  box.appendChild(document.createElement("p")).textContent = text;
  box.className = "turn";
  return box;
}

function show() {
  screen("rate");
  const pair = pairs[place], chosen = ratings.get(pair.id);
  at("prompt").replaceChildren(...pair.turns.map(turn));
  at("wanted").hidden = !pair.reference;
  at("reference").textContent = pair.reference;
  for (const side of ["left", "right"]) {
    at(side).querySelector(".answer").textContent = pair[side];
    at(side).classList.toggle("chosen", chosen === side);
  }
  for (const button of document.querySelectorAll("nav [data-choice]")) {
    button.classList.toggle("chosen", button.dataset.choice === chosen);
    button.setAttribute("aria-pressed", button.dataset.choice === chosen);
  }
  at("progress").textContent = `${place + 1} of ${pairs.length}, ${ratings.size} rated`;
  at("done").style.width = `${100 * ratings.size / pairs.length}%`;
  if (document.activeElement) document.activeElement.blur();
  scrollTo(0, 0);
}

function keep() {
  stored(slot(), JSON.stringify([...ratings]));
}

function choose(choice) {
  const { id } = pairs[place];
  before.push([place, ratings.get(id)]);
  ratings.set(id, choice);
  keep();
  const later = pairs.findIndex((pair, number) => number > place && !ratings.has(pair.id));
  place = later < 0 ? pairs.findIndex(pair => !ratings.has(pair.id)) : later;
  place < 0 ? finish() : show();
}

const actions = {
  back() {
    place = Math.max(0, place - 1);
    show();
  },
  next() {
    place = Math.min(pairs.length - 1, place + 1);
    show();
  },
  undo() {
    if (!before.length) return;
    const [number, choice] = before.pop();
    place = number;
    choice === undefined ? ratings.delete(pairs[number].id) : ratings.set(pairs[number].id, choice);
    keep();
    show();
  },
  save() {
    const url = URL.createObjectURL(new Blob([file()], { type: "application/json" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `ratings-${review}-${rater.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 40)}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
    at("saved").textContent = `Saved as ${link.download}, with ${ratings.size} ratings.`;
    at("progress").textContent = at("saved").textContent;
  },
};

function finish() {
  place = pairs.length - 1;
  screen("end");
  at("summary").textContent = `You have rated all ${pairs.length} pairs. Save the file now.`;
  at("save").focus();
}

function file() {
  const rated = pairs.filter(pair => ratings.has(pair.id)).map(pair => [pair.id, ratings.get(pair.id)]);
  const told = [review, rater, ...rated.map(one => one.join("="))].join("\n");
  const content = { kind: "retune-ratings", version: 1, review, rater, ratings: rated, checksum: crc32(told) };
  return JSON.stringify(content, null, 1) + "\n";
}

// As zlib's crc32: the import sees when somebody changed the file afterwards.
function crc32(text) {
  let sum = -1;
  for (const byte of new TextEncoder().encode(text)) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (~sum >>> 0).toString(16).padStart(8, "0");
}

function named(table, key) {
  return Object.keys(table).find(name => table[name].split(" ").includes(key));
}

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (!at("start").hidden) {
    if (key === "Enter") { event.preventDefault(); begin(); }
    return;
  }
  const choice = at("rate").hidden ? undefined : named(CHOICES, key), action = named(ACTIONS, key);
  if (choice) { event.preventDefault(); choose(choice); }
  else if (action) {
    event.preventDefault();
    if (!at("end").hidden && action === "back") show();
    else actions[action]();
  }
});
for (const button of document.querySelectorAll("nav button")) {
  button.addEventListener("click", () => button.dataset.choice ? choose(button.dataset.choice) : actions[button.dataset.do]());
}
at("begin").addEventListener("click", begin);
at("save").addEventListener("click", actions.save);
at("return").addEventListener("click", show);
at("rater").value = stored(last) || "";
