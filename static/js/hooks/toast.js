// What was just done leaves by itself after a while, unless somebody is at it; mistakes and what can be undone stay.
// <p data-toast="8"> with a <button data-toast-close>
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-toast-close]")) event.target.closest("[data-toast]").remove();
});

for (const toast of document.querySelectorAll("[data-toast]")) {
  const seconds = Number(toast.dataset.toast);
  if (!seconds) continue;
  const leave = () => {
    if (toast.matches(":hover, :focus-within")) window.setTimeout(leave, 2000);
    else toast.remove();
  };
  window.setTimeout(leave, seconds * 1000);
}
