// Answers at once while a candidate is changed. Without script the button asks for the whole page.
"use strict";

const form = document.querySelector("form[data-answer]");
const answer = document.getElementById("answer");
let waiting, asking;

function query() {
  const chosen = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...chosen]) if (!value) chosen.delete(name);
  return chosen;
}

async function ask() {
  asking?.abort();
  asking = new AbortController();
  const chosen = query();
  if (!form.checkValidity()) return;
  answer.classList.add("waiting");
  try {
    const found = await fetch(`${form.dataset.answer}?${chosen}`, { signal: asking.signal });
    if (!found.ok) return;
    const page = new DOMParser().parseFromString(await found.text(), "text/html");
    answer.replaceChildren(...page.body.childNodes);
    history.replaceState(null, "", `${form.action.split("?")[0]}?${chosen}`);
  } catch (error) {
    if (error.name !== "AbortError") form.submit(); // the whole page says what is wrong
    return;
  }
  answer.classList.remove("waiting");
}

if (form) {
  form.addEventListener("input", (event) => {
    const shown = event.target.closest("label")?.querySelector("output");
    if (shown) shown.textContent = event.target.value;
    clearTimeout(waiting);
    waiting = setTimeout(ask, 150);
  });
}
