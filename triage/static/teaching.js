// The slider beside the number, and the number that is saved: both follow what is typed.

const number = document.getElementById("precision");
const slide = document.querySelector("[data-slides]");
const kept = document.getElementById("precision-kept");

if (number && slide) {
  slide.hidden = false;
  document.querySelectorAll("[data-without]").forEach((one) => { one.hidden = true; });
  slide.addEventListener("input", () => { number.value = slide.value; kept.value = slide.value; });
  number.addEventListener("input", () => { slide.value = number.value; kept.value = number.value; });
}
