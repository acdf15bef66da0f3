// What is typed is kept on the server while one types, and in this browser until the server has it.
// Who leaves a ticket says so.

const PAUSE = 800;
const AGAIN = 5000;

const token = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";
const line = (field) => field.form.querySelector("[data-state-of] [role=status]");

const tell = (field, word, lost = false) => {
  const state = line(field);
  if (!state) return;
  state.textContent = word;
  state.classList.toggle("is-lost", lost);
};

const local = {
  read: (field) => { try { return JSON.parse(localStorage.getItem(field.dataset.local)); } catch { return null; } },
  write: (field) => {
    try { localStorage.setItem(field.dataset.local, JSON.stringify({ text: field.value, revision: field.kept.revision })); } catch { /* full or forbidden */ }
  },
  drop: (field) => { try { localStorage.removeItem(field.dataset.local); } catch { /* forbidden */ } },
};

const keep = (field) => {
  if (field.kept) return;
  const based = Number(field.dataset.revision);
  // Each field that is shown is a page of its own: what ended in an earlier one does not bar it.
  const page = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
  field.kept = { page, revision: based, based, timer: 0, busy: false, again: false, lost: false, sent: false };
  const before = local.read(field);
  if (before && before.text !== field.value) {
    if (!field.value || before.revision === based) { field.value = before.text; plan(field, 0); }
    else elsewhere(field, before.text);
  }
  field.addEventListener("input", () => { local.write(field); plan(field, PAUSE); });
  field.form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.submitter?.hasAttribute("hx-post")) return;
    if (field.kept.lost && !navigator.onLine) {
      event.preventDefault();
      return tell(field, field.dataset.wordLost, true);
    }
    clearTimeout(field.kept.timer);
    field.kept.sent = true;
    local.drop(field);
  });
};

const plan = (field, pause) => {
  clearTimeout(field.kept.timer);
  field.kept.timer = setTimeout(() => save(field), pause);
};

const save = async (field) => {
  const kept = field.kept;
  if (kept.sent || !field.isConnected) return;
  if (kept.busy) { kept.again = true; return; }
  kept.busy = true;
  const text = field.value;
  const body = new FormData();
  const form = new FormData(field.form);
  for (const name of ["language", "disposition", "recipient", "answer_version"]) if (form.has(name)) body.set(name, form.get(name));
  body.set("text", text);
  body.set("page", kept.page);
  body.set("revision", String(kept.revision + 1));
  body.set("based_on", String(kept.based));
  try {
    const answer = await fetch(field.dataset.kept, { method: "POST", body, headers: { "X-CSRFToken": token() }, redirect: "error" });
    if (answer.status === 409) {
      const standing = await answer.json();
      kept.based = kept.revision = standing.revision;
      if (standing.text && standing.text !== field.value) elsewhere(field, standing.text);
    } else if (answer.ok) {
      kept.lost = false;
      kept.revision = Math.max(kept.revision + 1, (await answer.json()).revision);
      if (field.value === text) { local.drop(field); tell(field, text ? field.dataset.wordKept : ""); }
    } else throw new Error(String(answer.status));
  } catch {
    kept.lost = true;
    local.write(field);
    tell(field, field.dataset.wordLost, true);
    plan(field, AGAIN);
  } finally {
    kept.busy = false;
    if (kept.again) { kept.again = false; plan(field, 0); }
  }
};

// Two windows, two texts: neither is thrown away unseen.
const elsewhere = (field, text) => {
  field.form.querySelector(".kept-elsewhere")?.remove();
  const box = document.createElement("div");
  box.className = "kept-elsewhere";
  box.setAttribute("role", "alert");
  const word = document.createElement("p");
  word.textContent = field.dataset.wordElsewhere;
  const other = document.createElement("p");
  other.className = "kept-other";
  other.textContent = text;
  const choose = (label, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm btn-quiet";
    button.textContent = label;
    button.addEventListener("click", () => { act(); box.remove(); field.focus(); plan(field, 0); });
    return button;
  };
  box.append(word, other, choose(field.dataset.wordTake, () => { field.value = text; }), " ", choose(field.dataset.wordMine, () => {}));
  field.after(box);
};

const start = (root) => { for (const field of root.querySelectorAll("textarea[data-kept]")) keep(field); };

addEventListener("online", () => {
  for (const field of document.querySelectorAll("textarea[data-kept]")) if (field.kept?.lost) plan(field, 0);
});

const leave = (root) => {
  const here = root.querySelector?.("[data-leave]");
  if (!here) return;
  const body = new FormData();
  body.set("csrf_token", token());
  navigator.sendBeacon(here.dataset.leave, body);
};
addEventListener("pagehide", () => leave(document));
document.addEventListener("htmx:beforeSwap", (event) => { if (event.target.id === "work") leave(document); });

start(document);
document.addEventListener("htmx:load", (event) => start(event.detail.elt.parentElement ?? event.detail.elt));
