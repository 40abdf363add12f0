// Tick many rows of a list at once: boxes <input form="bulk">, [data-bulk-head] for all of this page, [data-bulk-all] for
// all that match, [data-bulk-count] says how many. Without this file they are ticked one by one.
const boxes = () => [...document.querySelectorAll("input[form=bulk]")];
const all = () => document.querySelector("[data-bulk-all]");
let last = null;

const showTicks = () => {
  const rows = boxes();
  const ticked = rows.filter((box) => box.checked).length;
  for (const head of document.querySelectorAll("[data-bulk-head]")) {
    head.checked = rows.length > 0 && ticked === rows.length;
    head.indeterminate = ticked > 0 && ticked < rows.length;
  }
  if (all() && document.querySelector("[data-bulk-too-many]")) {
    all().checked = false;
    all().disabled = true;
  }
  const count = document.querySelector("[data-bulk-count]");
  if (!count) return;
  count.hidden = ticked === 0 || Boolean(all()?.checked);
  count.textContent = `${count.dataset.bulkCount} ${ticked}`;
};

document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.matches("[data-bulk-head]")) {
    for (const row of boxes()) row.checked = box.checked;
    if (!box.checked && all()) all().checked = false;
  } else if (box.matches("input[form=bulk]") && !box.checked && all()) {
    // Who unticks one does not mean all of them.
    all().checked = false;
  } else if (box.matches("[data-bulk-all]")) {
    for (const row of boxes()) row.checked = box.checked;
  } else if (!box.matches("input[form=bulk]")) {
    return;
  }
  showTicks();
});

// With Shift everything from the last tick to this one
document.addEventListener("click", (event) => {
  const box = event.target.closest("input[form=bulk]");
  if (!box) return;
  const rows = boxes();
  if (event.shiftKey && last && rows.includes(last)) {
    const [from, to] = [rows.indexOf(last), rows.indexOf(box)].sort((a, b) => a - b);
    for (const row of rows.slice(from, to + 1)) row.checked = box.checked;
  }
  last = box;
});

// "Back" brings ticks back without an event; htmx brings new rows
window.addEventListener("pageshow", showTicks);
document.addEventListener("htmx:afterSettle", showTicks);
