// The call card: kept on every pause, on the server and, while the line is down, in this browser;
// digits that choose the topic (Alt, while typing) or the outcome; Ctrl+Enter goes on.

const card = document.querySelector("[data-call-card]");
const PAUSE = 800;
const AGAIN = 5000;
const SETTLED = 2000;
const store = `call:${card.dataset.who}:`;
const key = store + card.elements.once.value;
const revision = card.elements.revision;
const said = card.querySelector("[data-keeping]");
let waiting = 0;
let sending = false;
let done = false;

// --- kept --------------------------------------------------------------------------------------

const fields = () => [...new FormData(card)].filter(([name, value]) => typeof value === "string" && name !== "csrf_token" && name !== "find");

const changed = () => {
  if (done) return;
  stay();
  revision.value = Number(revision.value) + 1;
  localStorage.setItem(key, JSON.stringify({ revision: Number(revision.value), at: Date.now(), fields: fields() }));
  clearTimeout(waiting);
  waiting = setTimeout(keep, PAUSE);
};

// A reload finds this very note again, even before the server has it.
const stay = () => {
  const here = new URL(location.href);
  if (here.searchParams.get("draft") === card.elements.once.value || !here.pathname.endsWith("/new")) return;
  here.searchParams.set("draft", card.elements.once.value);
  history.replaceState(history.state, "", here);
};

const keep = async () => {
  if (sending || done) return;
  sending = true;
  const sent = Number(revision.value);
  try {
    const answer = await post(fields());
    if (answer.ended) done = true;
    if (answer.kept) forget(sent);
    // Somebody has this note open elsewhere, or has just reloaded it: what is typed last stands.
    else revision.value = Math.max(Number(revision.value), answer.revision) + 1;
    tell(card.dataset.kept, "");
  } catch {
    tell(card.dataset.here, "late");
    clearTimeout(waiting);
    waiting = setTimeout(keep, AGAIN);
  } finally {
    sending = false;
  }
  if (!done && Number(revision.value) !== sent) { clearTimeout(waiting); waiting = setTimeout(keep, PAUSE); }
};

// A little later: a page that is being reloaded just now may have been made without it.
const forget = (sent) => setTimeout(() => {
  const kept = read(key);
  if (kept && kept.revision <= sent) localStorage.removeItem(key);
}, SETTLED);

const post = async (pairs) => {
  const answer = await fetch(card.dataset.keeps, {
    method: "POST",
    headers: { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content },
    body: new URLSearchParams(pairs),
    redirect: "error",
  });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
};

const tell = (words, kind) => {
  const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  said.textContent = kind ? words : `${words} ${time}`;
  said.classList.toggle("late", Boolean(kind));
};

// What this browser still has and the server does not: after a lost line, a reload, a crash.
const restore = () => {
  const kept = read(key);
  if (!kept || kept.revision <= Number(card.dataset.revision)) return localStorage.removeItem(key);
  for (const [name, value] of kept.fields) {
    const field = card.elements[name];
    if (!field || name === "once" || name === "revision") continue;
    if (field instanceof RadioNodeList) {
      const one = [...field].find((each) => each.value === value);
      if (one && "checked" in one) one.checked = true; else field.value = value;
    } else if (field.type === "checkbox") field.checked = field.value === value;
    else field.value = value;
  }
  revision.value = kept.revision;
  tell(card.dataset.found, "late");
  window.htmx?.trigger(card.querySelector("textarea"), "input");
  keep();
};

const read = (name) => {
  try { return JSON.parse(localStorage.getItem(name)); } catch { return null; }
};

// Other notes of mine that never reached the server go there now.
const sendOthers = async () => {
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(store) || name === key) continue;
    const kept = read(name);
    if (!kept || Date.now() - kept.at < AGAIN) continue; // another window may be writing it
    try {
      const answer = await post(kept.fields.map(([one, value]) => [one, one === "revision" ? String(kept.revision) : value]));
      if (answer.kept) localStorage.removeItem(name);
    } catch { return; }
  }
};

card.addEventListener("input", (event) => { if (event.target.name !== "find") changed(); });
card.addEventListener("change", (event) => { if (event.target.name !== "find") changed(); });
addEventListener("online", keep);
card.addEventListener("submit", (event) => {
  if (event.submitter?.name === "more" || event.submitter?.formAction !== card.action && event.submitter?.hasAttribute("formaction")) return;
  clearTimeout(waiting);
});
addEventListener("pagehide", () => clearTimeout(waiting));

restore();
sendOthers();

// --- said by keys ------------------------------------------------------------------------------

let present = card.querySelector(".matter:last-of-type");
card.addEventListener("focusin", (event) => { present = event.target.closest(".matter") ?? present; });

const choose = (input) => {
  if (!input) return;
  input.checked = true;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.focus({ preventScroll: true });
};

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  const outcomes = present.querySelector(".outcomes");
  const inside = event.target.closest?.(".outcomes");
  if (event.altKey && /^Digit[1-9]$/.test(event.code)) {
    stop(event);
    return present.querySelector(`.proposal [data-key="${event.code.slice(5)}"]`)?.click();
  }
  if (event.altKey && /^Key[A-Z]$/.test(event.code) && event.code !== "KeyO") {
    const wanted = event.code.slice(3).toLowerCase();
    const target = present.querySelector(`[data-key="${wanted}"]`) ?? card.querySelector(`[data-key="${wanted}"]`);
    if (!target) return;
    stop(event);
    return target.matches("textarea, input:not([type=radio]):not([type=checkbox])") ? target.focus() : target.click();
  }
  if (inside && !event.ctrlKey && !event.metaKey && !event.altKey) {
    if (/^[0-9]$/.test(event.key)) {
      stop(event);
      return choose(inside.querySelectorAll("input")[(Number(event.key) || 10) - 1]);
    }
    if (event.key === "Enter") { stop(event); return goOn(); }
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest("[data-call-card]")) {
    stop(event);
    if (outcomes.querySelector("input:checked")) return goOn();
    outcomes.querySelector("input").focus();
    outcomes.classList.add("is-asked");
  }
}, true);

const stop = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };

// To what is still missing, else to the ticket.
const goOn = () => {
  for (const matter of card.querySelectorAll(".matter")) {
    const note = matter.querySelector("textarea");
    if (!note.value.trim() && !matter.querySelector(".outcomes input:checked") && matter !== card.querySelector(".matter")) continue;
    if (!note.value.trim()) return note.focus();
    if (!matter.querySelector(".outcomes input:checked")) return matter.querySelector(".outcomes input").focus();
  }
  for (const matter of [...card.querySelectorAll(".matter")].slice(1)) {
    if (!matter.querySelector("textarea").value.trim()) matter.querySelectorAll("[required]").forEach((one) => { one.required = false; });
  }
  card.requestSubmit(card.querySelector("[data-keep]"));
};

// A version that was told fills the line with its first words, and its promise with the day.
card.addEventListener("change", (event) => {
  const box = event.target.closest("[data-told]");
  if (!box) return;
  const told = document.getElementById(box.dataset.told);
  if (box.checked) {
    for (const other of box.closest(".matter").querySelectorAll("[data-told]")) if (other !== box) other.checked = false;
    if (!told.value) told.value = box.dataset.words;
    const day = document.getElementById(box.dataset.promiseInto);
    if (day && !day.value) day.value = box.dataset.promise;
  } else if (told.value === box.dataset.words) told.value = "";
});

card.addEventListener("click", (event) => {
  const day = event.target.closest("[data-day]");
  if (!day) return;
  const field = document.getElementById(day.dataset.into);
  field.value = day.dataset.day;
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

// Only one ticket is continued.
card.addEventListener("change", (event) => {
  if (!event.target.matches("[type=checkbox][name^=ticket]") || !event.target.checked) return;
  for (const other of card.querySelectorAll(`[name="${event.target.name}"]`)) {
    if (other.type === "checkbox" && other !== event.target) other.checked = false;
  }
});

card.addEventListener("toggle", (event) => {
  if (event.target.open && event.target.matches(".find, .more-of-it")) event.target.querySelector("input")?.focus();
}, true);
