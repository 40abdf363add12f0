// Open a dialog or drawer: <a data-dialog-open="id" href="the same as a page">; close it: <button data-dialog-close>, a
// click on the ground around it, or Escape. [data-dialog-now] is open from the start, as when a form in it has mistakes.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialogOpen);
    if (!dialog) return;
    event.preventDefault();
    dialog.showModal();
  } else if (event.target.closest("[data-dialog-close]") || event.target.matches("dialog.dialog")) {
    event.target.closest("dialog").close();
  }
});

for (const dialog of document.querySelectorAll("dialog[data-dialog-now]")) dialog.showModal();
