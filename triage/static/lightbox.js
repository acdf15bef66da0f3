// Files of a ticket are looked at in a dialog: arrows walk them, a click beside it closes it.

const lightbox = () => document.getElementById("lightbox");

document.addEventListener("keydown", (event) => {
  if (!lightbox()?.open || event.ctrlKey || event.metaKey || event.altKey) return;
  const way = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const link = way && lightbox().querySelector(`a[rel=${way}]`);
  if (!link) return;
  event.preventDefault();
  link.click();
});

document.addEventListener("click", (event) => {
  if (event.target === lightbox()) lightbox().close();
});

// What was shown is not seen again while the next one is fetched, nor kept when it is closed.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target?.id === "look") lightbox()?.classList.add("is-fetching");
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "look") return;
  lightbox()?.classList.remove("is-fetching");
  lightbox()?.querySelector(".look-body")?.focus();
});
