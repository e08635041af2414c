// Keys of a worklist: j k move, Enter opens, c claims, / searches, g w goes to the worklist, ? shows the list, Esc leaves.
// Off while somebody types, and off altogether when the reader has switched them off (WCAG 2.1.4).
const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.keys === "off") return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const search = document.querySelector("input[type=search]");
  if (event.key === "/" && search) {
    event.preventDefault();
    search.focus();
  }
});
