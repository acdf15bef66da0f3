// Rows are chosen by click, by a stretch with Shift, or by the space bar on a row; the choice
// outlives the refreshing of the list.

const chosen = new Set();
let last = null;

const boxes = () => [...document.querySelectorAll("#list [data-tick]")];

const tell = () => {
  document.querySelector(".desk-list")?.classList.toggle("has-chosen", chosen.size > 0);
  const count = document.querySelector("[data-chosen-count]");
  if (count) count.textContent = chosen.size || "";
  const none = document.querySelector("[data-chosen-none]");
  if (none) none.hidden = chosen.size > 0;
};

const take = (box, on) => {
  box.checked = on;
  if (on) chosen.add(box.value);
  else chosen.delete(box.value);
};

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("[data-tick]");
  if (!box) return;
  const all = boxes();
  const from = all.findIndex((one) => one.value === last);
  const here = all.indexOf(box);
  if (event.shiftKey && from >= 0) {
    for (const one of all.slice(Math.min(from, here), Math.max(from, here) + 1)) take(one, box.checked);
  } else take(box, box.checked);
  last = box.value;
  tell();
});

document.addEventListener("keydown", (event) => {
  const row = document.activeElement?.closest?.("[data-row]");
  if (event.key !== " " || !row || event.ctrlKey || event.metaKey || event.altKey) return;
  const box = row.parentElement.querySelector("[data-tick]");
  if (!box) return;
  event.preventDefault();
  take(box, !box.checked);
  last = box.value;
  tell();
});

// What was chosen before the list was read anew, or on another page of it, is sent as well.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "list") return;
  for (const box of boxes()) box.checked = chosen.has(box.value);
  tell();
});

document.getElementById("bulk")?.addEventListener("formdata", (event) => {
  event.formData.delete("number");
  for (const number of chosen) event.formData.append("number", number);
});

for (const box of boxes()) if (box.checked) chosen.add(box.value);
tell();
