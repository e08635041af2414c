// The cursor of a worklist: one row, marked for the eye and for who listens, with its summary beside the list.
import htmx from "htmx.org/dist/htmx.esm.js";

const PAUSE = 120;
let waiting = 0;

export const list = () => document.querySelector("[data-list]");
export const tasks = () => [...(list()?.querySelectorAll("[data-task]") ?? [])];
export const cursor = () => list()?.querySelector("[data-task].cur") ?? null;

export function go(row) {
  const before = cursor();
  if (!row || row === before) return;
  before?.classList.remove("cur");
  before?.removeAttribute("aria-current");
  row.classList.add("cur");
  row.setAttribute("aria-current", "true");
  row.scrollIntoView({ block: "nearest" });
  look(row);
}

export function move(step) {
  const rows = tasks();
  const at = rows.indexOf(cursor());
  go(rows[Math.min(Math.max(at + step, 0), rows.length - 1)]);
}

// Whoever runs through the list asks for the summary of the row where he stops.
export function look(row) {
  const beside = document.querySelector("#peek");
  if (!beside || getComputedStyle(beside).display === "none") return;
  clearTimeout(waiting);
  waiting = setTimeout(() => htmx.ajax("GET", row.dataset.peek, { target: "#peek", swap: "innerHTML" }), PAUSE);
}

document.addEventListener("click", (event) => {
  const row = event.target.closest?.("[data-task]");
  if (!row || !list()?.contains(row)) return;
  if (event.target.closest("[data-look]")) event.preventDefault();
  else if (event.target.closest("a, button")) return;
  go(row);
});

// Who claims in vain is told in the row; and whoever has claimed sees what he can do now.
document.addEventListener("htmx:beforeSwap", (event) => {
  const told = event.detail.xhr.status >= 400 && event.detail.xhr.responseText.includes("data-task=");
  if (!told || !event.detail.target.matches("[data-task]")) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});
// What goes wrong otherwise is said there, too, and the button stays for another try.
["htmx:responseError", "htmx:sendError"].forEach((failed) => document.addEventListener(failed, (event) => {
  const cell = event.detail.target?.matches?.("[data-task]") && event.detail.target.querySelector(".who");
  if (!cell) return;
  const answer = new DOMParser().parseFromString(event.detail.xhr.responseText ?? "", "text/html");
  const told = cell.querySelector(".lost") ?? Object.assign(document.createElement("span"), { className: "lost" });
  told.setAttribute("role", "alert");
  told.textContent = answer.querySelector(".refused h1")?.textContent ?? list().dataset.failed;
  cell.prepend(told);
}));
document.addEventListener("htmx:afterSwap", (event) => {
  const row = event.detail.target.matches?.("[data-task]") ? document.getElementById(event.detail.target.id) : null;
  if (!row) return;
  cursor() === row || tasks().filter((other) => other !== row).forEach((other) => other.classList.remove("cur"));
  look(row);
});
