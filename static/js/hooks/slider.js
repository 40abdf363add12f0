// Say the value of a slider while it moves: <input type="range" data-slider>
function show(slider) {
  let shown = slider.nextElementSibling;
  if (!(shown instanceof HTMLOutputElement)) {
    shown = document.createElement("output");
    slider.after(shown);
  }
  shown.value = Number(slider.value).toLocaleString(document.documentElement.lang);
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-slider]")) show(event.target);
});
document.querySelectorAll("[data-slider]").forEach(show);
