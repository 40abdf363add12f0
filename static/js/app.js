// Small comforts. Every page works without this file.
(() => {
  "use strict";

  const say = (words) => {
    const live = document.querySelector("[data-live]");
    if (live) live.textContent = words;
  };

  // Copy a number whole: <button data-copy="8201…" data-copied="Copied">
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      return; // no permission, or a page without TLS: the number can still be selected
    }
    button.classList.add("copy-done");
    say(button.dataset.copied);
    window.setTimeout(() => button.classList.remove("copy-done"), 1500);
  });

  // Tick every row of a form, or none when all are ticked: <button type="button" data-tick-all>
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tick-all]");
    if (!button) return;
    const boxes = [...button.form.querySelectorAll(".row-tick input")];
    const tick = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = tick;
  });

  // A progress bar that gets no answer says so. It asks again each second, and the next answer takes its place.
  for (const name of ["htmx:sendError", "htmx:responseError"]) {
    document.addEventListener(name, (event) => {
      const lost = event.target.querySelector?.("[data-lost]");
      if (lost) lost.hidden = false;
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details[data-menu][open]")) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
  });

  // Tabs of a narrow screen run off its side: the open one is brought into sight, also when their counts have come
  const showOpenTab = () => {
    for (const tab of document.querySelectorAll(".tab[aria-current]")) {
      const strip = tab.parentElement;
      const [inside, outside] = [tab.getBoundingClientRect(), strip.getBoundingClientRect()];
      strip.scrollLeft += inside.left + inside.width / 2 - (outside.left + outside.width / 2);
    }
  };
  showOpenTab();
  document.addEventListener("htmx:load", (event) => {
    if (event.target.matches(".tabs")) showOpenTab();
  });

  // Filters in use stand open where there is room for them and the list; on a narrow screen the list comes first
  if (!window.matchMedia("(min-width: 50rem)").matches) {
    for (const filters of document.querySelectorAll("details[data-open-if-wide]")) filters.open = false;
  }

  // A menu closes when the page beside it is clicked
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
})();
