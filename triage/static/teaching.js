// The slider beside the number, and the number that is saved: both follow what is typed.

const number = document.getElementById("precision");
const slide = document.querySelector("[data-slides]");
const kept = document.getElementById("precision-kept");

if (number && slide) {
  slide.hidden = false;
  document.querySelectorAll("[data-without]").forEach((one) => { one.hidden = true; });
  slide.addEventListener("input", () => {
    number.value = Number(slide.value).toFixed(1).replace(".", number.dataset.decimal);
    kept.value = slide.value;
  });
  number.addEventListener("input", () => {
    slide.value = number.value.replace(",", ".");
    kept.value = number.value;
  });
}
