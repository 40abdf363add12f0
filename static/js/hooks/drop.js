// Drop a file anywhere on [data-drop], around a file field.
const zoneOf = (event) => event.target.closest?.("[data-drop]");
const bringsFiles = (event) => event.dataTransfer?.types.includes("Files");

for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    const zone = zoneOf(event);
    if (!zone || !bringsFiles(event)) return;
    event.preventDefault();
    zone.classList.add("dropzone-over");
  });
}

document.addEventListener("dragleave", (event) => {
  const zone = zoneOf(event);
  if (zone && !zone.contains(event.relatedTarget)) zone.classList.remove("dropzone-over");
});

document.addEventListener("drop", (event) => {
  const zone = zoneOf(event);
  const field = zone?.querySelector("input[type=file]");
  if (!field || !bringsFiles(event)) return;
  event.preventDefault();
  zone.classList.remove("dropzone-over");
  const files = new DataTransfer();
  for (const file of [...event.dataTransfer.files].slice(0, field.multiple ? undefined : 1)) files.items.add(file);
  field.files = files.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.focus();
});
