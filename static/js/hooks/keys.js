// Single keys: "/" search, "j" and "k" from row to row, "x" tick, "c" log closures, "a" and "r" decide, "?" what there is.
// Hooks: [data-search]; <tr data-row> with a link [data-row-link] and a checkbox [form=bulk]; a link
// [data-log-closures] that takes the orders along, or with [data-bulk-all] ticked the list's own address, or on an
// order's page is its next step; <dialog data-keys> and a button [data-keys-open]. A page without a search field names
// the list that has one: <dialog data-keys data-search-page>.
// Where a document is reviewed: "a" approve, a form [data-review-approve] whose blank fields come first; "r" ask again,
// <details data-review-again> with the reasons. Before it begins, "a" is the button [data-review-start].
// A row that is no store order says its AliExpress number itself: <tr data-row data-number="8201…">.
const OFF = "keys-off";
const MOST = 500; // as many as the log takes at a time
const WRITING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select";

// Speech input and some keyboards press letters by themselves, so the keys can be put out of use.
const areOff = () => {
  try {
    return window.localStorage.getItem(OFF) === "yes";
  } catch {
    return false; // storage is blocked
  }
};
const switchOff = (off) => {
  try {
    if (off) window.localStorage.setItem(OFF, "yes");
    else window.localStorage.removeItem(OFF);
  } catch {
    // they stay as they are
  }
};

const rows = () => [...document.querySelectorAll("[data-row]")];
const here = () => document.activeElement?.closest("[data-row]") ?? null;
const boxOf = (row) => row.querySelector("input[form=bulk]");

let last = null; // where the keys were when the focus went elsewhere

const step = (by) => {
  const all = rows();
  if (!all.length) return false;
  const from = all.indexOf(here() ?? last);
  const row = from < 0 ? all[0] : all[Math.min(Math.max(from + by, 0), all.length - 1)];
  const link = row.querySelector("[data-row-link]");
  if (!link) return false;
  link.focus({ focusVisible: true });
  row.scrollIntoView({ block: "nearest" });
  last = row;
  return true;
};

const tick = () => {
  const row = here();
  const box = row && boxOf(row);
  if (!box) return false;
  box.click(); // and not box.checked = …: what counts ticked rows listens to it
  return true;
};

// The log's address, with the ticked rows, or else the one the focus is on.
const logAddress = (link, row) => {
  link.dataset.plain ??= link.href; // a click has put orders into the other one
  const address = new URL(link.dataset.plain);
  const all = document.querySelector("[data-bulk-all]");
  if (all?.checked) {
    for (const name of ["all_matching", "query"]) address.searchParams.set(name, all.form.elements[name].value);
    return address.href;
  }
  const ticked = rows().filter((each) => boxOf(each)?.checked);
  const chosen = ticked.length ? ticked : [row].filter(Boolean);
  const numbers = [];
  for (const each of chosen.slice(0, MOST)) {
    if (each.dataset.number) numbers.push(each.dataset.number);
    else if (boxOf(each)) address.searchParams.append("order", boxOf(each).value);
  }
  if (numbers.length) address.searchParams.set("numbers", numbers.join("\n"));
  return address.href;
};

const log = () => {
  const link = document.querySelector("[data-log-closures]");
  if (!link) return false;
  window.location.assign(logAddress(link, here()));
  return true;
};

// The mouse takes the ticked rows along too, into a new tab as well.
const takeAlong = (event) => {
  const link = event.target.closest?.("[data-log-closures]");
  if (link) link.href = logAddress(link, null);
};
document.addEventListener("click", takeAlong);
document.addEventListener("auxclick", takeAlong);

const dialog = document.querySelector("dialog[data-keys]");
const list = () => {
  if (!dialog) return false;
  if (dialog.open) dialog.close();
  else {
    dialog.querySelector("[data-keys-off]").checked = areOff();
    dialog.showModal();
  }
  return true;
};

const SEARCH = "#search"; // a list's address with it begins in its search field
const search = () => {
  const field = document.querySelector("[data-search]");
  const elsewhere = dialog?.dataset.searchPage;
  if (field) {
    field.focus();
    field.select();
  } else if (elsewhere) window.location.assign(elsewhere + SEARCH);
  return Boolean(field ?? elsewhere);
};
if (window.location.hash === SEARCH) search();

const open = () => {
  // On a link Enter is the browser's own; on the row's checkbox it would send the form.
  if (!document.activeElement.matches("input[form=bulk]")) return false;
  const link = here()?.querySelector("[data-row-link]");
  link?.click();
  return Boolean(link);
};

const approve = () => {
  const form = document.querySelector("[data-review-approve]");
  const start = document.querySelector("[data-review-start]");
  const missing = [...(form?.elements ?? [])].find((field) => !field.checkValidity());
  if (missing) missing.focus();
  else if (form) form.requestSubmit(form.querySelector("[type=submit]"));
  else start?.click();
  return Boolean(form ?? start);
};

const askAgain = () => {
  const reasons = document.querySelector("[data-review-again]");
  if (!reasons) return false;
  reasons.open = true;
  reasons.querySelector("[type=radio]").focus();
  return true;
};

const KEYS = {
  "/": search,
  "?": list,
  a: approve,
  c: log,
  j: () => step(1),
  k: () => step(-1),
  r: askAgain,
  x: tick,
  enter: open,
};
const REPEATING = ["j", "k"];

document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase(); // caps lock changes nothing
  if (!Object.hasOwn(KEYS, key) || event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.repeat && !REPEATING.includes(key)) return;
  if (event.target.closest(WRITING) || event.target.isContentEditable) return;
  if (document.querySelector("dialog[open]") && !(key === "?" && dialog?.open)) return;
  if (areOff() && key !== "enter") return;
  if (KEYS[key]()) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys-open]")) list();
  else if (event.target === dialog) dialog.close(); // the ground around it
});
dialog?.querySelector("[data-keys-off]").addEventListener("change", (event) => switchOff(event.target.checked));
