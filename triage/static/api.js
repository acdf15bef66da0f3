// The search of the API's description: shows what holds every word that was typed.
"use strict";

const seek = document.getElementById("seek");
const operations = [...document.querySelectorAll("article[data-words]")];

seek.parentElement.hidden = false;
seek.addEventListener("input", narrow);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== seek) {
    event.preventDefault();
    seek.focus();
  }
});

function narrow() {
  const words = seek.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const one of operations) {
    const found = words.every((word) => one.dataset.words.includes(word));
    one.hidden = !found;
    count += found;
    const link = document.querySelector(`nav [data-operation="${one.dataset.operation}"]`);
    link.hidden = !found;
  }
  for (const group of document.querySelectorAll("section.group, nav .group")) {
    group.hidden = !group.querySelector("[data-operation]:not([hidden])");
  }
  for (const other of [document.getElementById("start"), document.getElementById("scopes")]) {
    other.hidden = words.length > 0;
  }
  document.getElementById("nothing").hidden = count > 0;
  document.getElementById("count").textContent = words.length ? `${count} found` : "";
}
