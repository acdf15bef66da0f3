/* Buttons that copy what stands before them; where the browser forbids it, the text is selected. */
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const shown = button.previousElementSibling;
  try {
    await navigator.clipboard.writeText(shown.textContent.trim());
    const word = button.querySelector("span");
    if (word) word.textContent = button.dataset.copied;
  } catch {
    getSelection().selectAllChildren(shown);
  }
});
