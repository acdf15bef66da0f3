// Texts are picked by a digit or by typing; the answer remembers which version of which text it is
// made of, and does not leave while something in braces is still to be filled in.

const BRACES = /\{\w{1,40}\}/g;
const openPicker = () => document.querySelector(".dropdown-menu.show [data-picker]");
const picks = (picker) => [...picker.querySelectorAll("[data-pick]")].filter((one) => !one.hidden);

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.shiftKey && (event.ctrlKey || event.metaKey)) return sendAndClose(event);
  const picker = openPicker();
  if (!picker || event.ctrlKey || event.metaKey || event.altKey) return;
  const filter = picker.querySelector("[data-filters]");
  if (/^[1-9]$/.test(event.key)) return pick(event, picks(picker)[Number(event.key) - 1]);
  if (event.target === filter && event.key === "Enter") return pick(event, picks(picker)[0]);
  // A letter begins to filter; it must press nothing else.
  if (event.key.length === 1 && event.key !== " " && filter) {
    if (event.target !== filter) filter.focus();
    event.stopPropagation();
  }
}, true);

const pick = (event, chosen) => {
  event.preventDefault();
  event.stopPropagation();
  chosen?.click();
};

const sendAndClose = (event) => {
  const button = event.target.closest("form")?.querySelector("[data-send-close]");
  if (!button) return;
  event.preventDefault();
  event.stopPropagation();
  button.form.requestSubmit(button);
};

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-filters]")) filterBy(event.target);
  if (event.target.id === "reply-text") look(event.target);
});

const filterBy = (field) => {
  const picker = field.closest("[data-picker]");
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const one of picker.querySelectorAll("[data-pick]")) {
    const text = `${one.textContent} ${one.dataset.insert ?? ""}`.toLowerCase();
    one.hidden = !words.every((word) => text.includes(word));
  }
  picks(picker).forEach((one, index) => {
    const key = one.querySelector("kbd");
    if (!key) return;
    key.textContent = String(index + 1);
    key.hidden = index > 8;
  });
};

const look = (field) => {
  const left = [...new Set(field.value.match(BRACES) ?? [])];
  field.setCustomValidity(left.length ? field.dataset.unfilled.replace("%", left.join(" ")) : "");
  if (field.value.trim()) return;
  for (const one of field.form.querySelectorAll("[data-of-version]")) one.value = "";
  warn("");
};

const warn = (words) => {
  const place = document.getElementById("other-language");
  if (!place) return;
  place.textContent = words;
  place.hidden = !words;
};

// What was put in is remembered before the words are.
document.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-into=reply-text]");
  const form = document.getElementById("reply-form");
  if (!chosen || !form) return;
  for (const kind of ["template", "answer"]) {
    const version = chosen.dataset[`${kind}Version`];
    const field = form.querySelector(`[data-of-version=${kind}]`);
    if (version && field) field.value = version;
  }
  if (chosen.matches("[data-pick]")) warn(chosen.dataset.otherLanguage ?? "");
  const ending = form.querySelector("select[name=disposition]");
  if (chosen.dataset.closesAs && ending) ending.value = chosen.dataset.closesAs;
}, true);

// After picking, the first thing to be filled in is selected.
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-pick]")) return;
  const field = document.getElementById("reply-text");
  const found = field?.value.match(/\{\w{1,40}\}/);
  if (found) setTimeout(() => { field.focus(); field.setSelectionRange(found.index, found.index + found[0].length); });
});

// A picker opens with all it has.
document.addEventListener("shown.bs.dropdown", (event) => {
  const filter = event.target.parentElement?.querySelector("[data-filters]");
  if (!filter) return;
  filter.value = "";
  filterBy(filter);
});
