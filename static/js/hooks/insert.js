// Put words where the person was writing: <button type="button" data-insert="{first_name|there}"> in the panel of the form.
let lastField = null;

const isText = (field) => field.matches("textarea, input[type=text]");

document.addEventListener("focusin", (event) => {
  if (isText(event.target)) lastField = event.target;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const panel = button.closest(".panel");
  const field = lastField && panel?.contains(lastField) ? lastField : panel?.querySelector("textarea");
  if (!field) return;
  const end = field.selectionEnd;
  field.setRangeText(button.dataset.insert, field.selectionStart, end, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
