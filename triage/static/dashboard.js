// The live figures: an event stream while the page is seen, a question now and then where there is
// none. Only what has changed is asked for again; how old it is stands above once it grows old.

const POLL = 15_000;
const RETRY = 60_000;
const OLD = 45;
const FEWEST = 4_000;
const place = document.querySelector("[data-figures]");
const age = document.querySelector("[data-figures-age]");
let source = null;
let timer = 0;
let asked = Date.now();
let heard = Date.now();
let waiting = 0;

const ask = () => {
  if (document.hidden || waiting) return;
  waiting = setTimeout(() => {
    waiting = 0;
    asked = Date.now();
    window.htmx?.trigger(document.body, "figures");
  }, Math.max(0, FEWEST - (Date.now() - asked)));
};

const hangUp = () => {
  source?.close();
  source = null;
  clearInterval(timer);
  timer = 0;
};

const listen = () => {
  hangUp();
  if (!place || document.hidden) return;
  source = new EventSource(place.dataset.stream);
  const alive = () => { heard = Date.now(); };
  source.addEventListener("open", alive);
  source.addEventListener("pulse", alive);
  source.addEventListener("figures", () => { alive(); ask(); });
  source.addEventListener("over", listen);
  source.addEventListener("error", () => {
    if (source?.readyState === EventSource.CLOSED) poll();
  });
};

const poll = () => {
  hangUp();
  const until = Date.now() + RETRY;
  timer = setInterval(() => {
    if (Date.now() > until) return listen();
    ask();
  }, POLL);
};

// Nothing heard and nothing fetched for a while: say how old the numbers are instead of pretending.
const tell = () => {
  if (!age) return;
  const seconds = Math.round((Date.now() - heard) / 1000);
  const old = seconds > OLD;
  age.classList.toggle("is-old", old);
  age.textContent = old ? age.dataset.old.replace("{seconds}", seconds) : age.dataset.live;
};

// What somebody has opened stays open when the numbers are fetched anew.
let opened = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target === place) opened = [...place.querySelectorAll("details[open][id]")].map((one) => one.id);
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (!event.target.closest?.("[data-figures]")) return;
  heard = Date.now();
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
});
document.addEventListener("visibilitychange", () => document.hidden ? hangUp() : (ask(), listen()));
addEventListener("pagehide", hangUp);
addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
if (place) {
  listen();
  tell();
  setInterval(tell, 1000);
}
