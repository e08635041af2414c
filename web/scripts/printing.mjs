// Buttons that print the page. Without script there are none: the browser's own menu prints as well.
const show = (root) => root.querySelectorAll("[data-print][hidden]").forEach((button) => (button.hidden = false));

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
document.addEventListener("DOMContentLoaded", () => show(document));
document.addEventListener("htmx:afterSwap", (event) => show(event.target));
show(document);
