// Keys of the board: i, w and a decide on the card in hand, which is the one that has the focus,
// else the first that waits for a decision. After a decision the next card is in hand.

const cards = () => [...document.querySelectorAll("[data-card]")].filter((card) => card.checkVisibility());

const inHand = () =>
  document.activeElement?.closest("[data-card]") ?? cards().find((card) => !("decided" in card.dataset));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input, select, textarea")) return;
  const choice = inHand()?.querySelector(`[data-choice="${CSS.escape(event.key)}"]`);
  if (!choice) return;
  event.preventDefault();
  choice.click();
});

// Only one "act" form is open; it closes with Escape.
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.(".act") || !event.target.open) return;
  for (const other of document.querySelectorAll(".act[open]")) if (other !== event.target) other.open = false;
  event.target.querySelector("select")?.focus();
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const form = document.querySelector(".act[open]");
  if (!form) return;
  form.open = false;
  form.querySelector("summary").focus();
});

document.addEventListener("click", (event) => {
  for (const form of document.querySelectorAll(".act[open]")) if (!form.contains(event.target)) form.open = false;
});

document.addEventListener("htmx:afterSwap", (event) => {
  const card = event.detail.elt.closest?.("[data-card]");
  if (!card) return;
  const all = cards();
  const next = "decided" in card.dataset
    ? all.slice(all.findIndex((one) => one.id === card.id) + 1).find((one) => !("decided" in one.dataset))
    : card;
  (next ?? card).querySelector("a[data-row]")?.focus({ preventScroll: false });
});

// A line of the board leads to the problem's own form; a problem of its own wants a name.
const asked = location.hash === "#act" || location.hash === "#title" ? document.getElementById(location.hash.slice(1)) : null;
if (asked) {
  const fold = asked.closest("details");
  if (fold) fold.open = true;
  (asked.matches("details") ? asked.querySelector("select") : asked)?.focus();
}

// Sections stay as they were left while one looks elsewhere; on paper all of them are open.
const folds = [...document.querySelectorAll("details.folded[id]")];
for (const fold of folds) {
  const key = `fold:${fold.id}`;
  if (sessionStorage.getItem(key)) fold.open = true;
  fold.addEventListener("toggle", () => fold.open ? sessionStorage.setItem(key, "open") : sessionStorage.removeItem(key));
}
let closed = [];
addEventListener("beforeprint", () => {
  closed = folds.filter((fold) => !fold.open);
  for (const fold of closed) fold.open = true;
});
addEventListener("afterprint", () => { for (const fold of closed) fold.open = false; });
