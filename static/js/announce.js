// Read words out to who cannot see what changed.
export const announce = (words) => {
  const live = document.querySelector("[data-live]");
  if (live) live.textContent = words;
};
