// Keys: whatever carries data-key is pressed or focused by it, data-go by "g" and a letter.
// j and k walk the links of [data-list]; ? and Ctrl+K list everything that has a key.

const palette = document.getElementById("palette");
let waitingForPlace = 0;

document.addEventListener("keydown", (event) => {
  if (event.key === "k" && (event.ctrlKey || event.metaKey) && palette) {
    event.preventDefault();
    return palette.open ? palette.close() : open();
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return send(event);
  // While a note is being typed, Alt and a digit choose what the digit alone would.
  if (event.altKey && /^Digit[1-9]$/.test(event.code)) {
    const choice = keyed(event.code.slice(5));
    if (!choice) return;
    event.preventDefault();
    return press(choice);
  }
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (writing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "g") { waitingForPlace = Date.now(); return; }
  const goes = Date.now() - waitingForPlace < 1500;
  waitingForPlace = 0;
  const target = goes
    ? document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)
    : event.key === "j" || event.key === "k" ? step(event.key === "j" ? 1 : -1) : keyed(event.key);
  if (!target) return;
  event.preventDefault();
  press(target);
});

const writing = (element) =>
  element.matches("textarea, select, [contenteditable], input:not([type=checkbox]):not([type=radio]):not([type=submit])");

// An open menu takes the keys; else what is seen, else (letters only) what a closed menu holds.
const keyed = (key) => {
  const all = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)];
  return all.find((one) => one.closest(".dropdown-menu.show"))
    ?? all.find((one) => seen(one) && !one.closest(".dropdown-menu"))
    ?? (/\d/.test(key) ? undefined : all.find((one) => one.closest(".dropdown-menu")));
};

const seen = (element) => element.checkVisibility ? element.checkVisibility() : element.offsetParent !== null;

const press = (element) => {
  if (element.matches("textarea, select, input:not([type=submit]):not([type=radio]):not([type=checkbox])")) element.focus();
  else if (element.matches("[data-list] a")) element.focus();
  else element.click();
};

const step = (by) => {
  const links = [...document.querySelectorAll("[data-list] a[data-row]")];
  const here = links.indexOf(document.activeElement);
  const from = here >= 0 ? here : links.findIndex((one) => one.matches("[aria-current]"));
  return links[Math.min(Math.max(from + by, 0), links.length - 1)];
};

const send = (event) => {
  const form = event.target.closest("form");
  const button = form?.querySelector("[data-send]");
  if (!button) return;
  event.preventDefault();
  form.requestSubmit(button);
};

// A menu that holds a line to type into is opened in order to type.
document.addEventListener("shown.bs.dropdown", (event) =>
  event.target.parentElement.querySelector(".dropdown-menu [data-first]")?.focus());

const open = () => {
  const words = palette.querySelector("input");
  const list = palette.querySelector(".commands");
  const commands = [...document.querySelectorAll("[data-go][data-word], [data-key][data-word], [data-place][data-word]")]
    .filter((one) => seen(one) || one.closest(".dropdown-menu, [data-places]"));
  list.replaceChildren(...commands.map((one) => {
    const row = document.createElement("li");
    const button = document.createElement("button");
    const key = document.createElement("kbd");
    button.type = "button";
    button.append(one.dataset.word);
    key.textContent = one.dataset.go ? `g ${one.dataset.go}` : one.dataset.key ?? "";
    if (key.textContent) button.append(key);
    button.addEventListener("click", () => { palette.close(); press(one); });
    row.append(button);
    // Places without a key are only found by their word.
    row.hidden = row.dataset.sought = one.dataset.place !== undefined;
    return row;
  }));
  words.value = "";
  palette.showModal();
  words.focus();
};

if (palette) {
  palette.addEventListener("input", () => {
    const wanted = palette.querySelector("input").value.toLowerCase();
    for (const row of palette.querySelectorAll("li")) row.hidden = wanted ? !row.textContent.toLowerCase().includes(wanted) : row.dataset.sought === "true";
  });
  palette.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    palette.querySelector("li:not([hidden]) button")?.click();
  });
  palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-opens=palette]")) open();
  }, true);
}
