// Files of a ticket are looked at in a dialog: arrows walk them, a click on a picture or Enter shows
// it larger, a click beside the dialog closes it.

const lightbox = () => document.getElementById("lightbox");

document.addEventListener("keydown", (event) => {
  if (!lightbox()?.open || event.ctrlKey || event.metaKey || event.altKey) return;
  const way = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const link = way && lightbox().querySelector(`a[rel=${way}]`);
  if (!link) return;
  event.preventDefault();
  link.click();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches(".look-body.is-picture")) event.target.classList.toggle("is-large");
});

document.addEventListener("click", (event) => {
  if (event.target === lightbox()) lightbox().close();
  if (event.target.matches(".is-picture > img")) event.target.parentElement.classList.toggle("is-large");
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
