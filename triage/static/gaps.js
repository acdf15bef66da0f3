// The keys of the deeds belong to the gap on which one stands; at first to the first.

const mark = (gap) => {
  for (const one of document.querySelectorAll(".gap [data-deed]")) {
    if (gap.contains(one)) one.dataset.key = one.dataset.deed;
    else delete one.dataset.key;
  }
  document.querySelector(".gap.is-here")?.classList.remove("is-here");
  gap.classList.add("is-here");
};

document.addEventListener("focusin", (event) => {
  const gap = event.target.closest(".gap");
  if (gap) mark(gap);
});
