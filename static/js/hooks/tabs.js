// Tabs of a narrow screen run off its side: bring the open one of [data-tabs] into sight, also when their counts have come.
const showOpenTab = () => {
  for (const strip of document.querySelectorAll("[data-tabs]")) {
    const tab = strip.querySelector("[aria-current]");
    if (!tab) continue;
    const [inside, outside] = [tab.getBoundingClientRect(), strip.getBoundingClientRect()];
    strip.scrollLeft += inside.left + inside.width / 2 - (outside.left + outside.width / 2);
  }
};
showOpenTab();
document.addEventListener("htmx:load", showOpenTab);
