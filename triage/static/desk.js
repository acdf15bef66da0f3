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
