// Filters in use stand open where there is room for them and the list; on a narrow screen the list comes first.
if (!window.matchMedia("(min-width: 50rem)").matches) {
  for (const filters of document.querySelectorAll("details[data-open-if-wide]")) filters.open = false;
}
