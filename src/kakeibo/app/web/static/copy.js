// Buttons that copy a text. They are hidden until this script shows them: without it, the text is there to be marked.
"use strict";

for (const button of document.querySelectorAll("button[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
    } catch {
      document.execCommand("copy"); // a page without a secure connection has no clipboard
    }
    button.nextElementSibling.hidden = false;
  });
}
