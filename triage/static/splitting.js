// Marked words of a contact go into the field below it.

document.addEventListener("mouseup", take);
document.addEventListener("keyup", (event) => { if (event.shiftKey || event.key === "Shift") take(); });

function take() {
  const marked = getSelection();
  const words = marked?.toString().trim();
  const quote = marked?.anchorNode?.parentElement?.closest("[data-words]");
  if (!words || !quote?.contains(marked.focusNode)) return;
  quote.closest("[data-split]").querySelector("[data-passage]").value = words;
}
