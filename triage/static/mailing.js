// Placeholders go into the field in which one was last writing.
const form = document.querySelector("[data-placeholders]");
if (form) {
  form.addEventListener("focusin", (event) => {
    if (!event.target.matches("textarea[name^=text-], input[name^=subject-]")) return;
    for (const button of form.querySelectorAll("[data-insert]")) button.dataset.into = event.target.id;
  });
}
