// What every page does: the form token for htmx, toasts, polling that stops when nobody is there,
// and drafts that survive a reload. Works without any of it, only less well.

const IDLE_AFTER = 10 * 60 * 1000;
let lastSign = Date.now();

for (const sign of ["pointerdown", "keydown", "scroll"]) {
  addEventListener(sign, () => { lastSign = Date.now(); }, { passive: true, capture: true });
}

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("meta[name=csrf-token]");
  if (token) event.detail.headers["X-CSRFToken"] = token.content;
});

// A page left open must not keep its session alive for ever.
document.addEventListener("htmx:beforeRequest", (event) => {
  const polls = event.target.closest("[data-poll]");
  if (polls && (document.hidden || Date.now() - lastSign > IDLE_AFTER)) event.preventDefault();
});

document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 401) location.reload();
});

document.addEventListener("htmx:sendError", () => document.body.classList.add("offline"));
document.addEventListener("htmx:afterOnLoad", () => document.body.classList.remove("offline"));

// A sign-in page must never be swapped into a part of another page.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (new URL(event.detail.xhr.responseURL || location.href).pathname === "/login") {
    event.detail.shouldSwap = false;
    location.reload();
  }
});

const start = (root) => {
  for (const toast of root.querySelectorAll(".undo[data-seconds]")) countDown(toast);
  for (const field of root.querySelectorAll("[data-draft]")) keepDraft(field);
};

const countDown = (toast) => {
  if (toast.dataset.counting) return;
  toast.dataset.counting = "yes";
  setTimeout(() => toast.remove(), Number(toast.dataset.seconds) * 1000);
};

const keepDraft = (field) => {
  const key = `draft:${field.dataset.draft}`;
  if (!field.value && sessionStorage.getItem(key)) field.value = sessionStorage.getItem(key);
  field.addEventListener("input", () => sessionStorage.setItem(key, field.value));
  field.form?.addEventListener("submit", () => sessionStorage.removeItem(key));
};

// A second click on a button that sends must not send twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 4000);
});

// Selects that act at once carry a button for those without JavaScript.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// Phrases are put in where the cursor stands.
document.addEventListener("click", (event) => {
  const phrase = event.target.closest("[data-insert]");
  if (phrase) insert(document.getElementById(phrase.dataset.into), phrase.dataset.insert);
});

const insert = (field, text) => {
  if (!field) return;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
};

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (!opener) return;
  const target = document.getElementById(opener.dataset.opens);
  if (target instanceof HTMLDialogElement) { if (!target.open) target.showModal(); }
  else if (target) {
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    target.querySelector("textarea, input:not([type=hidden]), select, button, summary")?.focus();
  }
});

start(document);
document.addEventListener("htmx:load", (event) => start(event.detail.elt));
