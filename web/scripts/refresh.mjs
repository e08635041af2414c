// An open worklist stays true without moving under anybody's hand: every few seconds it asks whether anything has changed.
// Counts and rows are brought up to date where they stand, never the row under the cursor; what has gone is struck out;
// what is new is only counted, and comes when one clicks.
import htmx from "htmx.org/dist/htmx.esm.js";
import { cursor, tasks } from "./list.mjs";

const EVERY = 8000;

function start(poll) {
  let tag = poll.dataset.tag;
  const ask = () => document.visibilityState === "visible" && htmx.trigger(poll, "poll");
  setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.target?.matches?.("[data-task]") || event.detail.elt.matches?.("[data-claim]")) ask();
  });
  poll.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["If-None-Match"] = `"${tag}"`;
  });
  poll.addEventListener("htmx:afterRequest", (event) => {
    const answer = event.detail.xhr;
    if (answer.status === 304) return tell(answer.getResponseHeader("X-Told-At"));
    const fresh = answer.status === 200 && new DOMParser().parseFromString(answer.responseText, "text/html").querySelector("[data-rows]");
    if (!fresh) return tell("");
    tag = (answer.getResponseHeader("ETag") ?? "").replaceAll('"', "").replace(/^W\//, "");
    counts(fresh);
    rows(fresh);
    tell(answer.getResponseHeader("X-Told-At"));
  });
}

function tell(at) {
  const told = document.querySelector("[data-told-at]");
  if (!told) return;
  told.textContent = at || told.dataset.offline;
  if (at) told.dataset.offline = told.dataset.offline.replace(/\d\d:\d\d/, at);
}

function counts(fresh) {
  fresh.querySelectorAll("[data-told]").forEach((told) => {
    document.querySelectorAll(`[data-told="${told.dataset.told}"]`).forEach((shown) => {
      if (shown.textContent !== told.textContent) shown.textContent = told.textContent;
      const lamp = shown.closest(".sum a");
      if (lamp && !lamp.hasAttribute("aria-current")) lamp.hidden = told.textContent === "0";
    });
  });
}

function rows(fresh) {
  const now = new Map([...fresh.querySelectorAll("[data-task]")].map((row) => [row.dataset.task, row]));
  const mine = tasks();
  const last = mine.reduce((found, row, at) => (now.has(row.dataset.task) ? at : found), -1);
  mine.forEach((row, at) => {
    const other = now.get(row.dataset.task);
    if (other && row !== cursor() && !row.matches(".gone")) update(row, other);
    if (!other && (at < last || !("more" in fresh.dataset))) row.classList.add("gone");
  });
  const known = new Set(mine.map((row) => row.dataset.task));
  const order = [...now.keys()];
  const end = "more" in fresh.dataset && mine.length ? order.indexOf(mine[last]?.dataset.task) : order.length;
  arrived(order.slice(0, end < 0 ? 0 : end).filter((task) => !known.has(task)).length);
}

function update(row, other) {
  [...row.cells].forEach((cell, at) => {
    if (cell.innerHTML === other.cells[at].innerHTML) return;
    cell.innerHTML = other.cells[at].innerHTML;
    htmx.process(cell);
  });
}

function arrived(n) {
  const link = document.querySelector("[data-fresh]");
  if (!link) return;
  link.hidden = n === 0;
  link.querySelector("[data-fresh-n]").textContent = n;
  const at = new URL(link.href);
  if (cursor()) at.searchParams.set("at", cursor().dataset.task);
  link.href = at.href;
}

document.querySelectorAll("[data-poll]").forEach(start);
