// Show [data-lost] in a progress bar that gets no answer. It asks again each second, and the next answer takes its place.
for (const name of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(name, (event) => {
    const lost = event.target.querySelector?.("[data-lost]");
    if (lost) lost.hidden = false;
  });
}
