// The ticket page: reply or note in one dock, the opened row marked.

const dress = (root) => {
  const dock = root.querySelector?.("#dock") ?? root.closest?.("#dock");
  if (dock && !dock.dataset.dressed) {
    dock.dataset.dressed = "yes";
    show(dock, "reply-form");
    const draft = dock.querySelector("#note-text");
    if (draft?.value && !dock.querySelector("#reply-text")?.value) show(dock, "note-form");
  }
};

const show = (dock, id) => {
  for (const tab of dock.querySelectorAll("[data-tab]")) {
    const chosen = tab.dataset.tab === id;
    tab.setAttribute("aria-pressed", String(chosen));
    dock.querySelector(`#${tab.dataset.tab}`).hidden = !chosen;
  }
};

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-tab]");
  if (tab) {
    const dock = tab.closest("#dock");
    show(dock, tab.dataset.tab);
    dock.querySelector(`#${tab.dataset.tab} textarea`)?.focus();
  }
  const row = event.target.closest("[data-row]");
  if (row) mark(row);
});

const mark = (row) => {
  for (const other of document.querySelectorAll("[data-row][aria-current]")) other.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  document.querySelector(".desk")?.classList.add("has-ticket");
};

// The refreshed list does not know which ticket is open beside it.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "list") return;
  const number = location.pathname.match(/\/tickets\/(\d+)$/)?.[1];
  document.getElementById(`row-${number}`)?.setAttribute("aria-current", "true");
});

dress(document);
document.addEventListener("htmx:load", (event) => dress(event.detail.elt.parentElement ?? event.detail.elt));

// An answer is looked at in a dialog; its buttons send the form behind it.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "preview-content") return;
  const dialog = document.getElementById("preview");
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
});

document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-closes]");
  if (!closer) return;
  document.getElementById(closer.dataset.closes)?.close();
  document.getElementById("reply-text")?.focus();
});

// Chosen files are named under the text, and may be dropped onto it.
const SIZE = new Intl.NumberFormat(document.documentElement.lang || "en", { style: "unit", unit: "kilobyte" });

const say = (field) => {
  const files = [...field.files];
  const list = document.getElementById("chosen-files");
  list.replaceChildren(...files.map((file) => {
    const row = document.createElement("li");
    row.textContent = `${file.name} (${SIZE.format(Math.max(1, Math.round(file.size / 1000)))})`;
    return row;
  }));
  list.hidden = !files.length;
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  field.setCustomValidity(files.length > Number(field.dataset.mostFiles) ? field.dataset.tooMany
    : bytes > Number(field.dataset.mostBytes) ? field.dataset.tooLarge : "");
  field.reportValidity();
};

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-attach]")) say(event.target);
});

for (const kind of ["dragover", "drop"]) {
  document.addEventListener(kind, (event) => {
    const form = event.target.closest?.("#reply-form");
    if (!form || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (kind === "dragover") return;
    const field = form.querySelector("[data-attach]");
    const all = new DataTransfer();
    for (const file of [...field.files, ...event.dataTransfer.files]) all.items.add(file);
    field.files = all.files;
    say(field);
  });
}
