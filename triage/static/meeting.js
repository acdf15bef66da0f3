// The clock, the forty seconds of a card, further keys, and which owner two letters mean.
// Everything else is a form: keyboard.js presses whatever carries the key.

const ALIASES = {
  ArrowRight: "n", ArrowDown: "n", ArrowLeft: "p", ArrowUp: "p", PageUp: "p", u: "z",
  PageDown: "block", " ": "block",
};

const typing = (element) => element.matches?.("textarea, select, input:not([type=checkbox])");

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = document.querySelector(".deck-key[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
    return;
  }
  const key = ALIASES[event.key];
  if (!key || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === " " && event.target.closest("button, summary, a, label, input")) return;
  const keyed = (name) => document.querySelector(`#meeting [data-key="${CSS.escape(name)}"]`);
  const target = key === "block" ? keyed("block") ?? keyed("n") : keyed(key);
  if (!target) return;
  event.preventDefault();
  target.click();
});

// One form of a card is open at a time, and the first field has the cursor.
document.addEventListener("toggle", (event) => {
  const form = event.target;
  if (!form.matches?.(".deck-key") || !form.open) return;
  for (const other of document.querySelectorAll(".deck-key[open]")) if (other !== form) other.open = false;
  form.querySelector("input:not([type=hidden])")?.focus();
}, true);

// --- time -----------------------------------------------------------------------------------

let shownAt = performance.now();

const spelled = (seconds) => {
  const whole = Math.abs(Math.trunc(seconds));
  return `${seconds < 0 ? "+" : ""}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

const tick = () => {
  const passed = (performance.now() - shownAt) / 1000;
  const clock = document.querySelector("[data-clock][data-running]");
  if (clock) {
    const left = Math.ceil(Number(clock.dataset.total) - Number(clock.dataset.elapsed) - passed);
    clock.textContent = spelled(left);
    clock.classList.toggle("is-soon", left >= 0 && left <= 60);
    clock.classList.toggle("is-over", left < 0);
  }
  const box = document.querySelector("[data-ring]");
  if (box) {
    const total = Number(box.dataset.total);
    const spent = Number(box.dataset.elapsed) + passed;
    box.querySelector("span").textContent = Math.max(0, Math.ceil(total - spent));
    box.querySelector(".run").setAttribute("stroke-dashoffset", Math.min(100, (spent / total) * 100));
    box.classList.toggle("is-over", spent >= total);
  }
};

setInterval(tick, 250);

const start = () => {
  shownAt = performance.now();
  const full = document.querySelector("[data-full-screen]");
  if (full && document.fullscreenEnabled) full.hidden = false;
  tick();
  document.querySelector(".deck-key[open] input:not([type=hidden])")?.focus();
};

document.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "meeting" || event.detail.elt?.id === "meeting") start(); });
start();

// A second screen follows; whoever is typing is not interrupted.
document.addEventListener("htmx:beforeRequest", (event) => {
  const busy = typing(document.activeElement) || document.querySelector(".deck-key[open]") || document.hidden;
  if (busy && event.target.matches?.("[data-watch]")) event.preventDefault();
});

// What is written down is kept as soon as the field is left, whatever is pressed next.
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-keeps]");
  if (!form) return;
  const words = new FormData(form);
  words.delete("to");
  fetch(form.dataset.keeps, { method: "POST", body: words, headers: { "HX-Request": "true" } }).then((answer) => {
    if (answer.ok && form.notes_seen) form.notes_seen.value = words.get("notes");
  });
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-full-screen]")) return;
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
});

// --- who is meant ---------------------------------------------------------------------------

const plain = (name) => name.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");

document.addEventListener("input", (event) => {
  const field = event.target.closest("[data-owner]");
  if (!field) return;
  const typed = plain(field.value.trim());
  const names = [...document.querySelectorAll("#owners option")].map((one) => one.value);
  const begins = (name) => [plain(name), ...plain(name).split(/[\s'-]+/)].some((part) => part.startsWith(typed));
  const found = typed.length < 2 || typed.includes("@") ? [] : names.filter(begins);
  field.form.querySelector("[data-meant]").textContent = found.slice(0, 3).join(" · ");
});
