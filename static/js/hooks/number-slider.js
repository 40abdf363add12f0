// A slider beside a number field, as far as the value says: <input type="number" data-with-slider="50">. The field is what
// the form sends; the slider follows it, and it the slider.
for (const field of document.querySelectorAll("[data-with-slider]")) {
  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = 0;
  slider.max = field.dataset.withSlider;
  slider.step = field.step && field.step !== "any" && Number(field.step) >= 1 ? field.step : 0.5;
  slider.value = field.value || 0;
  slider.className = "field-slider";
  slider.setAttribute("aria-label", field.labels[0]?.textContent.trim() ?? "");
  field.before(slider);
  slider.addEventListener("input", () => {
    field.value = slider.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  field.addEventListener("input", () => {
    slider.value = field.value || 0;
  });
}
