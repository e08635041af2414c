// Keys of a worklist: j k move, Enter opens, c claims, / searches, g w goes to the worklist, ? shows the list, Esc leaves.
// Off while somebody types, and off altogether when the reader has switched them off (WCAG 2.1.4).
import { cursor, move, tasks } from "./list.mjs";

const SECOND_KEY = 1200;
let first = { key: "", at: 0 };

const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
const sheet = () => document.querySelector("#keys-list");
const pressable = (target) => target.closest?.("a[href], button, summary");

const acts = {
  j: () => move(1),
  k: () => move(-1),
  c: () => cursor()?.querySelector("[data-claim]")?.click(),
  "/": () => document.querySelector("input[type=search]")?.focus(),
  "?": () => sheet()?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (document.documentElement.dataset.keys === "off" || sheet()?.open) return;
  if (event.key === "Enter") {
    if (!pressable(event.target)) cursor()?.querySelector("[data-open]")?.click();
    return;
  }
  if (event.key === "w" && first.key === "g" && event.timeStamp - first.at < SECOND_KEY) {
    location.assign(document.querySelector("[data-desk]")?.href ?? "/desk");
    return;
  }
  first = { key: event.key, at: event.timeStamp };
  const act = acts[event.key];
  const next = { j: "next", k: "prev" }[event.key];
  if (!tasks().length && next) document.querySelector(`.crumb [rel=${next}]`)?.click(); // on a page of one task: the one after it
  if (!act || (!tasks().length && "jkc".includes(event.key))) return;
  event.preventDefault();
  act();
});

document.querySelectorAll("[data-keys-list]").forEach((button) => {
  button.hidden = document.documentElement.dataset.keys === "off";
  button.addEventListener("click", () => sheet()?.showModal());
});
document.querySelectorAll("select[data-narrows]").forEach((choice) => choice.addEventListener("change", () => choice.form.requestSubmit()));
