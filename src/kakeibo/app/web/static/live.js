// Keeps the numbers fresh: asks for this very page now and then, and takes over the parts that show numbers.
// What the reader opened or has the focus on stays as it is. Without script the page is the same, until it is reloaded.
"use strict";

const EVERY = 30_000;
const parts = () => document.querySelectorAll("#live, [data-live]");
const live = document.getElementById("live");
let edition = live?.dataset.edition;

function busy(part) {
  return part.contains(document.activeElement) || part.querySelector("details[open]") !== null || !getSelection().isCollapsed;
}

function takeOver(page) {
  for (const part of parts()) {
    const fresh = page.getElementById(part.id);
    if (fresh) part.replaceChildren(...fresh.childNodes);
  }
}

async function refresh() {
  if (document.hidden || [...parts()].some(busy)) return;
  let stale = true;
  try {
    const answer = await fetch(location.href, { headers: { "If-None-Match": edition }, cache: "no-store" });
    stale = !answer.ok && answer.status !== 304;
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      takeOver(page);
      edition = page.getElementById("live")?.dataset.edition ?? edition;
    }
  } catch {
    // the server is away: said below, and asked again next time
  }
  document.getElementById("stale").hidden = !stale;
}

if (live) setInterval(refresh, Number(live.dataset.every) || EVERY);
