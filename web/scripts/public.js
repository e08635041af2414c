// Pages of the public need no script; this one keeps a form from being sent twice, copies a code, and says at once which file
// is too big. The server judges all of it again.
import "./printing.mjs";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  else form.dataset.sent = "yes";
});
addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => delete form.dataset.sent));

// what is wrong is heard and seen first
document.querySelector("#faults, .err[role=alert]")?.focus();

const copyBySelection = (text) => {
  const range = document.createRange();
  range.selectNodeContents(text);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  return document.execCommand("copy"); // a hall without https has no clipboard of its own
};
document.querySelectorAll("[data-copy]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy);
    const done = await (navigator.clipboard ? navigator.clipboard.writeText(text.textContent) : Promise.reject()).then(
      () => true,
      () => copyBySelection(text),
    );
    button.textContent = done ? "已复制" : "请手工复制";
    document.getElementById("copied").textContent = button.textContent;
  });
});

const megabytes = (bytes) => (bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`);
document.addEventListener("change", (event) => {
  const target = event.target;
  if (target.type !== "file") return;
  const most = Number(target.form.dataset.most);
  const list = target.parentElement.querySelector(".picked") ?? target.parentElement.appendChild(document.createElement("ul"));
  list.className = "picked";
  list.replaceChildren(
    ...[...target.files].map((file) => {
      const line = document.createElement("li");
      const tooBig = most && file.size > most;
      line.textContent = `${file.name}，${megabytes(file.size)}${tooBig ? `，超过 ${megabytes(most)}，不能接收` : ""}`;
      line.className = tooBig ? "err" : "";
      return line;
    }),
  );
});
