// Copy a number whole: <button data-copy="8201…" data-copied="Copied">
import { announce } from "../announce.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    return; // no permission, or a page without TLS: the number can still be selected
  }
  button.classList.add("copy-done");
  announce(button.dataset.copied);
  window.setTimeout(() => button.classList.remove("copy-done"), 1500);
});
