// The writing room: what is typed stays in this browser until it is saved, the preview follows,
// Ctrl+S saves, and words are put in where the cursor stood last. Works without any of it.

const PAUSE = 700;
const form = document.querySelector(".dossier-form");

if (form) {
  const key = form.dataset.keep;
  const fields = [...form.querySelectorAll("textarea, input:not([type=hidden]), select[name]")];
  const notice = form.querySelector("[data-kept-here]");
  const word = form.querySelector("[data-kept-words]");
  let last = form.querySelector("#bodies-fr");
  let timer = 0;

  const written = () => Object.fromEntries(fields.map((one) => [one.name, one.value]));
  const began = written();
  const same = (one, other) => Object.keys(one).every((name) => (one[name] ?? "").trim() === (other[name] ?? "").trim());
  const read = () => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };
  const drop = () => { try { localStorage.removeItem(key); } catch { /* forbidden */ } };
  const keep = () => {
    if (same(written(), began)) return drop();
    try { localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields: written() })); word.hidden = false; } catch { /* full or forbidden */ }
  };
  const put = (kept) => { for (const one of fields) if (one.name in kept && !one.readOnly) one.value = kept[one.name]; changed(); };
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => { keep(); form.dispatchEvent(new Event("preview")); }, PAUSE);
  };

  const before = read();
  if (before?.fields && !same(before.fields, began)) notice.hidden = false;
  else drop();
  form.querySelector("[data-take]").addEventListener("click", () => { put(before.fields); notice.hidden = true; last?.focus(); });
  form.querySelector("[data-drop]").addEventListener("click", () => { drop(); notice.hidden = true; });

  form.addEventListener("input", changed);
  form.addEventListener("focusin", (event) => { if (event.target.matches("textarea")) last = event.target; });
  addEventListener("pagehide", () => { if (notice.hidden) keep(); });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-save]"));
  });

  // A directive stands on a line of its own.
  const insert = (text, alone) => {
    if (!last) return;
    const from = last.selectionStart;
    const front = alone && from > 0 && last.value[from - 1] !== "\n" ? "\n\n" : "";
    const back = alone ? "\n" : "";
    last.setRangeText(front + text + back, from, last.selectionEnd, "end");
    last.focus();
    last.dispatchEvent(new Event("input", { bubbles: true }));
  };
  form.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-word-in]");
    if (chosen) insert(chosen.dataset.wordIn, true);
    const tab = event.target.closest("[data-tab]");
    if (tab) show(tab.dataset.tab);
  });
  form.querySelector("[data-link]").addEventListener("change", (event) => {
    const one = event.target.selectedOptions[0];
    const words = last?.value.slice(last.selectionStart, last.selectionEnd) || one.text;
    if (one.value) insert(`[${words}](${one.value})`, false);
    event.target.value = "";
  });
  form.querySelector("[data-answer]").addEventListener("change", (event) => {
    if (event.target.value) insert(event.target.value, true);
    event.target.value = "";
  });

  // On a small screen one language at a time; without script all of them stand under each other.
  const show = (code) => {
    form.dataset.shown = code;
    for (const tab of form.querySelectorAll("[data-tab]")) tab.setAttribute("aria-pressed", String(tab.dataset.tab === code));
  };
  show(document.documentElement.lang.slice(0, 2));

  // An address as the title would give it, while nobody has written one.
  const slug = form.querySelector("[data-slug]");
  const suggest = () => {
    const title = ["en", "fr", "nl", "de"].map((code) => form.querySelector(`#titles-${code}`).value.trim()).find(Boolean) ?? "";
    const plain = title.replace(/ß/g, "ss").normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    if (!slug.readOnly) slug.placeholder = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60) || slug.placeholder;
  };
  form.addEventListener("input", suggest);
  suggest();
}
