// Buttons that print the page. Without script there are none: the browser's own menu prints as well. On paper nothing is
// folded away.
const show = (root) => root.querySelectorAll("[data-print][hidden]").forEach((button) => (button.hidden = false));
let unfolded = [];

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
document.addEventListener("htmx:afterSwap", () => show(document));
window.addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("main details:not([open])")];
  unfolded.forEach((details) => (details.open = true));
});
window.addEventListener("afterprint", () => unfolded.forEach((details) => (details.open = false)));
show(document);
