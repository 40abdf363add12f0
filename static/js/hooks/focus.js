// Give [data-focus] the focus as the page opens: the summary of what is wrong with a form. Its `autofocus` alone does it
// only where the address has no #place.
document.querySelector("[data-focus]")?.focus();
