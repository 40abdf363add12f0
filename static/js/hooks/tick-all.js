// Tick every row of a form, or none when all are ticked: <button type="button" data-tick-all>. The boxes may stand
// outside of the form and name it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-tick-all]");
  if (!button) return;
  const boxes = [...button.form.elements].filter((box) => box.matches(".row-tick input"));
  const tick = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = tick;
});
