// The screen-pop on every page: one event stream while the page is seen, a question every few
// seconds where there is none; and clocks that count in the browser.

const POLL = 4000;
const RETRY = 60_000;
const IDLE = 10 * 60 * 1000;
const place = document.getElementById("pop");
let source = null;
let timer = 0;
let lastSign = Date.now();

for (const sign of ["pointerdown", "keydown"]) {
  addEventListener(sign, () => { lastSign = Date.now(); if (!source && !timer) listen(); }, { passive: true, capture: true });
}

const idle = () => Date.now() - lastSign > IDLE;

const ask = () => {
  if (!document.hidden) window.htmx?.trigger(document.body, "calls");
};

// A page left open must not keep its session alive for ever, and a hidden one needs no stream.
const listen = () => {
  hangUp();
  if (!place || document.hidden || idle()) return;
  source = new EventSource(place.dataset.stream);
  source.addEventListener("calls", (event) => {
    if (event.data !== "-" || place.children.length) ask();
  });
  source.addEventListener("over", listen);
  source.addEventListener("error", () => {
    if (source?.readyState === EventSource.CLOSED) poll();
  });
};

const hangUp = () => {
  source?.close();
  source = null;
  clearInterval(timer);
  timer = 0;
};

// No place for a stream: ask now and then, and try again in a minute.
const poll = () => {
  hangUp();
  const until = Date.now() + RETRY;
  timer = setInterval(() => {
    if (idle()) return hangUp();
    if (Date.now() > until) return listen();
    ask();
  }, POLL);
};

document.addEventListener("visibilitychange", () => document.hidden ? hangUp() : (ask(), listen()));
addEventListener("pagehide", hangUp);
addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
if (place) listen();

// Clocks: since a moment, or until one.
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

const tick = () => {
  for (const time of document.querySelectorAll("[data-since]")) {
    time.textContent = clock(Math.max(0, Math.round((Date.now() - Date.parse(time.dataset.since)) / 1000)));
  }
  for (const time of document.querySelectorAll("[data-until]")) {
    const left = Math.ceil((Date.parse(time.dataset.until) - Date.now()) / 1000);
    time.textContent = left > 0 ? clock(left) : time.dataset.over;
    time.classList.toggle("late", left <= 10);
  }
};

tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSwap", tick);

// The call whose card is open needs no second one over it.
place?.addEventListener("htmx:afterSwap", () => {
  const open = document.querySelector("[data-call-card] [name=call]")?.value;
  if (open) place.querySelector(`[data-call="${CSS.escape(open)}"]`)?.remove();
});

// While something is typed elsewhere, Alt and O open what rings.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.code !== "KeyO") return;
  const door = place?.querySelector("[data-key=o]");
  if (door) { event.preventDefault(); door.click(); }
});
