// Paste a picture anywhere on the page into input[data-paste-image]. Spreadsheets copy cells as text and as a picture:
// what has text is pasted as text.
document.addEventListener("paste", (event) => {
  if (event.clipboardData?.types.includes("text/plain")) return;
  const field = document.querySelector("input[type=file][data-paste-image]");
  const picture = [...(event.clipboardData?.files ?? [])].find((file) => file.type.startsWith("image/"));
  if (!field || !picture) return;
  event.preventDefault();
  const files = new DataTransfer();
  files.items.add(picture);
  field.files = files.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.focus();
});
