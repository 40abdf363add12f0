// Count the minutes and seconds since [data-timer], a <time datetime="…">. Without it the time of the start is there.
const timers = document.querySelectorAll("[data-timer]");

function tick() {
  for (const timer of timers) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(timer.dateTime)) / 1000));
    timer.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}

if (timers.length) {
  tick();
  window.setInterval(tick, 1000);
}
