// Keeps a page up to date: asks for it again and carries over what changed, so that focus, selection and scrolling stay.
"use strict";

const PAUSE_MS = 1500;
const notice = document.getElementById("live");

function update(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh.cloneNode(true));
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  // Whether details are open is up to the reader.
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && name !== "open") old.setAttribute(name, value);
  }
  const before = [...old.childNodes], after = [...fresh.childNodes];
  after.forEach((node, at) => (at < before.length ? update(before[at], node) : old.append(node.cloneNode(true))));
  before.slice(after.length).forEach(node => node.remove());
}

async function refresh() {
  const main = document.querySelector("main");
  if (!("live" in main.dataset)) return;
  if (!document.hidden) {
    try {
      const reply = await fetch(location.href, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      update(main, page.querySelector("main"));
      document.title = page.title;
      say("live" in main.dataset ? "live" : "");
    } catch {
      say("local Vertex does not answer");
    }
  }
  setTimeout(refresh, PAUSE_MS);
}

function say(text) {
  if (notice.textContent !== text) notice.textContent = text;
}

setTimeout(refresh, PAUSE_MS);
