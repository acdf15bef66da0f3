// x ticks the person whose name is focused, and a click on a name ticks its box.

const box = (row) => row.parentElement.querySelector("[data-tick]");

document.addEventListener("keydown", (event) => {
  const row = document.activeElement?.closest?.(".people-list [data-row]");
  if (event.key !== "x" || !row || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  box(row)?.click();
});

document.addEventListener("click", (event) => {
  const row = event.target.closest?.(".people-list [data-row]");
  if (!row || !box(row)) return;
  event.preventDefault();
  box(row).click();
});
