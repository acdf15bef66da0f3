// A topic that was typed is chosen by Enter, without the list being opened again.

document.addEventListener("keydown", (event) => {
  const list = event.target;
  if (event.key !== "Enter" || event.isComposing || !list.matches(".something-else select") || !list.value) return;
  event.preventDefault();
  list.form.requestSubmit();
});
