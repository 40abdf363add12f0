// Open what a row is about by a click anywhere in it: <tr data-row> with one <a data-row-link>.
const OWN = "a, button, input, label, select, summary, textarea"; // these have a click of their own

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("tr[data-row]")?.querySelector("[data-row-link]");
  if (!link || event.defaultPrevented || event.target.closest(OWN)) return;
  if (event.target.closest(".row-tick") || String(window.getSelection())) return; // a tick just missed; words marked
  if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
  else link.click();
});
