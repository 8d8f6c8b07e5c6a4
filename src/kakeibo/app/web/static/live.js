// Keeps the numbers fresh: asks for this very page now and then, and takes over the parts that show numbers.
// What the reader opened stays open; what they write in, or have marked, stays as it is until they are done.
// Without script the page is the same, until it is reloaded.
"use strict";

const EVERY = 30_000;
const PARTS = "[data-live]";
const whole = document.getElementById("content");
let edition = whole.dataset.edition;

function busy(part) {
  const marked = getSelection();
  const holds = part.contains(document.activeElement) && document.activeElement.tagName !== "SUMMARY";
  const written = [...part.querySelectorAll("input, textarea")].some((one) => one.value !== one.defaultValue);
  return holds || written || (!marked.isCollapsed && part.contains(marked.anchorNode));
}

// Folds are the same ones where they have the same words and stand in the same place.
function folds(part) {
  return [...part.querySelectorAll("details")].map((one, place) => [one, `${place} ${one.querySelector("summary")?.textContent}`]);
}

function takeOver(part, fresh) {
  const open = new Set(folds(part).filter(([one]) => one.open).map(([, name]) => name));
  const at = folds(part).find(([one]) => one.contains(document.activeElement))?.[1];
  part.replaceChildren(...fresh.childNodes);
  for (const [one, name] of folds(part)) {
    if (open.has(name)) one.open = true;
    if (name === at) one.querySelector("summary").focus({ preventScroll: true });
  }
}

async function refresh() {
  const parts = [...document.querySelectorAll(PARTS)];
  if (document.hidden || parts.some(busy)) return;
  let stale = true;
  try {
    const answer = await fetch(location.href, { headers: { "If-None-Match": edition }, cache: "no-store" });
    stale = !answer.ok && answer.status !== 304;
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = parts.map((part) => [part, page.getElementById(part.id)]);
      if (fresh.every(([, other]) => other)) {
        for (const [part, other] of fresh) takeOver(part, other);
        edition = page.getElementById("content").dataset.edition;
      } else {
        location.reload(); // other parts than before: a new version, or somebody has to sign in again
      }
    }
  } catch {
    // the server is away: said below, and asked again next time
  }
  document.getElementById("stale").hidden = !stale;
}

if (edition && document.querySelector(PARTS)) setInterval(refresh, EVERY);
