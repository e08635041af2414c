// The designer's page: a drawing on a canvas, its properties, findings as one draws, comparing, walking, publishing.
// The server makes every sentence; here only what is drawn becomes files, and what comes back is put in its place.
import Modeler from "bpmn-js/lib/Modeler";
import PaletteModule from "bpmn-js/lib/features/palette";
import { Drafts, same } from "./designer/drafts.mjs";
import { Marks } from "./designer/marks.mjs";
import ls from "./designer/moddle.mjs";
import { palette } from "./designer/palette.mjs";
import { Panel } from "./designer/panel.mjs";
import { Play } from "./designer/play.mjs";
import rendererModule, { settings } from "./designer/renderer.mjs";
import { Refused, post, send } from "./designer/server.mjs";
import { translate } from "./designer/words.mjs";

const REST = 350;
const PAD = 48;
const $ = (id) => document.getElementById(id);
const told = JSON.parse($("told").content.textContent);
const root = document.querySelector(".ds");

class Designer {
  constructor() {
    this.files = { ...told.files };
    this.base = told.base;
    this.at = "matter.bpmn";
    this.list = [];
    this.moves = [];
    this.stops = Promise.resolve();
    this.view = "findings";
    this.drafts = new Drafts(told.whose, told.code);
    root.dataset.drawn = "";
    this.modeler = new Modeler({
      container: "#canvas",
      modules: Modeler.prototype._modules.filter((module) => module !== PaletteModule),
      additionalModules: [rendererModule, { translate: ["value", translate] }],
      moddleExtensions: { ls },
      ...settings(),
    });
    this.canvas = this.modeler.get("canvas");
    this.marks = new Marks(this.modeler, (found) => this.go(found));
    this.mends = [];
    palette($("palette"), this.modeler, () => this.fit(), this);
    this.play = new Play($("play"), () => (this.stops = this.stops.then(() => this.played())));
    this.panel = new Panel($("panel"), this.modeler, told, { findings: () => this.list.filter((one) => one.file === this.at), forms: () => this.forms(), main: () => this.at === "matter.bpmn" });
    this.listen();
  }

  async start() {
    this.readFindings();
    this.fillFiles();
    await this.open(this.at);
    this.offerDraft();
    if (told.changed) this.changed();
  }

  // ---- files
  forms() {
    return Object.keys(this.files).filter((name) => name.startsWith("forms/")).map((name) => name.slice(6, -5)).filter((key) => key !== "application");
  }

  fillFiles() {
    $("file").replaceChildren(...Object.keys(this.files).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)).map((name) => new Option(told.words[name] ?? name, name, false, name === this.at)));
  }

  async open(name) {
    this.at = $("file").value = name;
    const drawn = name.endsWith(".bpmn");
    root.dataset.text = drawn ? "" : name;
    $("text-part").hidden = drawn;
    if (!drawn) {
      $("text-l").textContent = told.words[name] ?? name;
      $("text").value = this.files[name];
      return;
    }
    this.opening = true;
    this.imported = this.files[name];
    try {
      await this.modeler.importXML(this.files[name]);
      this.fit();
    } catch (failed) {
      console.error(failed);
      this.trouble(`<p><b>${told.words[name] ?? name}画不出来。</b></p><p>按下面的检查结果改正文件后重新上传。</p>`);
    } finally {
      this.opening = false;
    }
    this.show();
  }

  // the canvas as text; what has not been touched keeps every byte
  async collect() {
    if (!this.at.endsWith(".bpmn")) return;
    if (!this.modeler.get("commandStack").canUndo()) this.files[this.at] = this.imported ?? this.files[this.at];
    else this.files[this.at] = (await this.modeler.saveXML({ format: true })).xml;
  }

  drawing() {
    return { files: this.files, matter: told.matter, base: this.base };
  }

  changed() {
    this.play.stop();
    $("mended").hidden = true;
    clearTimeout(this.resting);
    this.resting = setTimeout(async () => {
      await this.collect();
      this.keep();
      this.check();
    }, REST);
  }

  keep() {
    const touched = !same(this.files, told.files) || told.changed || this.base !== told.base;
    $("draft-tag").hidden = !touched;
    if (!touched) {
      this.drafts.drop();
      $("saved").textContent = "";
    } else {
      const kept = this.drafts.keep(this.base, this.files);
      $("saved").textContent = kept ? `${clock(new Date())} 已保存在这台电脑` : "没有保存：浏览器不让本页存东西";
    }
  }

  offerDraft() {
    const draft = this.drafts.read();
    if (!draft?.files || (same(draft.files, this.files) && draft.base === this.base)) return;
    const base = draft.base ? `基于第 ${draft.base} 版` : "还没有发布过";
    $("draft").querySelector("p").textContent = `有没有发布的修改，${day(new Date(draft.at))} ${clock(new Date(draft.at))} 保存在这台电脑，${base}。`;
    $("draft").hidden = false;
    $("restore").onclick = async () => {
      this.files = { ...draft.files };
      this.base = draft.base;
      $("draft").hidden = true;
      this.fillFiles();
      await this.open("matter.bpmn");
      this.changed();
    };
    $("discard").onclick = () => {
      $("draft").hidden = true;
      if (same(this.files, told.files)) this.drafts.drop();
    };
  }

  // ---- what the server says of it
  async check() {
    this.checking?.abort();
    this.checking = new AbortController();
    root.dataset.busy = "";
    try {
      const answer = await post("/designer/check", this.drawing(), this.checking.signal);
      $("findings").innerHTML = await answer.text();
      this.quiet();
      this.readFindings();
    } catch (failed) {
      if (failed.name === "AbortError") return;
      this.failed(failed);
    }
    delete root.dataset.busy;
    this.show();
  }

  readFindings() {
    const tally = $("findings").querySelector("[data-tally]");
    $("why").replaceChildren(...tally.childNodes);
    tally.remove();
    this.list = [...$("findings").querySelectorAll("tr[data-number]")].map((row) => {
      const [, , where, sentence, remedy] = [...row.cells].map((cell) => cell.firstChild.textContent);
      const { number, mark, file, element, line, rule } = row.dataset;
      return { number, mark, file, element, line, rule, where, sentence, remedy, level: row.cells[0].innerText.replace(/^\d+/, ""), row };
    });
    const errors = this.list.some((one) => one.mark === "e");
    $("publish").setAttribute("aria-disabled", String(errors));
  }

  // dots, colours and the panel for what is on the canvas now
  show() {
    if (!this.at.endsWith(".bpmn") || this.opening) return;
    const here = this.list.filter((one) => one.file === this.at);
    this.marks.dots(here);
    this.marks.order(this.critical());
    this.marks.tags("change", this.changes().flatMap((row) => elements(row).map((id) => [id, row.querySelector("[data-sign]").textContent])));
    this.marks.colour(this.colours());
    this.panel.tell();
  }

  changes() {
    return this.view === "changes" && !this.play.way ? [...$("changes").querySelectorAll("tr[data-change]")].filter((row) => row.dataset.file === this.at) : [];
  }

  colours() {
    if (this.play.way) return this.play.now.colours;
    const rows = (name) => this.changes().filter((row) => row.dataset.change === name).flatMap(elements);
    const ids = (name) => JSON.parse($("walk").firstElementChild?.dataset[name] ?? "[]").filter(([file]) => file === this.at).map(([, id]) => id);
    const critical = this.critical();
    if (critical.length) return { "is-crit": critical.flatMap((stop) => [stop.node, ...stop.flows]) };
    if (this.view === "changes") return { "is-new": rows("added"), "is-changed": rows("changed"), "is-moved": [...rows("moved"), ...rows("renamed")] };
    if (this.view === "walk") return { "at-done": ids("passed"), "at-now": ids("here") };
    return {};
  }

  // the stops of the critical path in this file, while its button is pressed
  critical() {
    const button = document.querySelector("[data-critical]");
    button?.setAttribute("aria-pressed", String(Boolean(this.follows)));
    return button && this.follows && !this.play.way ? JSON.parse(button.dataset.critical).stops.filter((stop) => stop.file === this.at) : [];
  }

  // one stop of a way: its file is opened, what is meant comes into view
  async played() {
    const now = this.play.way && this.play.now;
    if (now && now.file !== this.at && this.files[now.file] !== undefined) {
      await this.collect();
      await this.open(now.file);
    }
    this.show();
    this.marks.stand(now?.left ?? []);
    const seen = now && this.modeler.get("elementRegistry").get(now.node || now.flows[0]);
    if (!seen) return;
    this.canvas.setRootElement(this.canvas.findRoot(seen));
    this.canvas.scrollToElement(seen, PAD);
  }

  // ---- a quick fix: made by the server in the file's text, and taken back as one
  async mend(row, button) {
    try {
      await this.collect();
      const { file, element } = row.dataset;
      const { text } = await (await post("/designer/mend", { ...this.drawing(), file, element, fix: button.dataset.fix })).json();
      this.mends.push({ file, before: this.files[file], after: text });
      await this.put(file, text);
      $("mended").querySelector("p").textContent = `已改：${row.cells[2].firstChild.textContent}，${button.textContent.replace("一键修改：", "")}。`;
      $("mended").hidden = false;
      $("unmend").focus();
    } catch (failed) {
      this.failed(failed);
    }
  }

  // whether what was last mended still stands as it was made
  canUnmend() {
    const last = this.mends[this.mends.length - 1];
    const now = last?.file === this.at ? this.imported : this.files[last?.file];
    return Boolean(last) && now === last.after && !this.modeler.get("commandStack").canUndo();
  }

  unmend() {
    if (!this.canUnmend()) return;
    const { file, before } = this.mends.pop();
    this.put(file, before);
  }

  // another text of a file, on the canvas at the same place
  async put(file, text) {
    const view = file === this.at && this.canvas.viewbox();
    this.files[file] = text;
    await this.open(file);
    if (view) this.canvas.viewbox({ x: view.x, y: view.y, width: view.width, height: view.height });
    this.changed();
  }

  async look(view, address, more) {
    try {
      await this.collect();
      const answer = await post(address, { ...this.drawing(), ...more });
      $(view).innerHTML = await answer.text();
      this.quiet();
    } catch (failed) {
      if (view === "walk" && failed instanceof Refused && failed.status === 422) $(view).innerHTML = failed.message;
      else return this.failed(failed);
    }
    this.turn(view);
  }

  turn(view) {
    this.view = view;
    this.play.stop();
    for (const name of ["findings", "changes", "walk"]) $(name).hidden = name !== view;
    $("compare")?.setAttribute("aria-pressed", String(view === "changes"));
    $("try").setAttribute("aria-pressed", String(view === "walk"));
    this.show();
  }

  // ---- walking
  async walk() {
    const before = this.moves.length;
    await this.look("walk", "/designer/walk", { moves: this.moves });
    const made = Number($("walk").firstElementChild?.dataset.made ?? before);
    this.moves.length = Math.min(before, made);
    this.follow();
    $("walk").querySelector("form button")?.focus({ preventScroll: true });
  }

  // the file in which the walk stands, where it is another one
  async follow() {
    const here = JSON.parse($("walk").firstElementChild?.dataset.here ?? "[]");
    const last = here.at?.(-1) ?? here[here.length - 1];
    if (last && !here.some(([file]) => file === this.at)) await this.open(last[0]);
  }

  move(form, button) {
    const facts = {};
    for (const field of form.querySelectorAll("[name^=f-]")) {
      if (field.type === "radio" || (field.type === "checkbox" && !field.closest(".checks"))) {
        if (field.checked) facts[field.name.slice(2)] = field.value;
      } else if (field.type === "checkbox") {
        if (field.checked) (facts[field.name.slice(2)] ??= []).push(field.value);
      } else if (field.value) facts[field.name.slice(2)] = field.value;
    }
    this.moves.push({ what: form.dataset.move, token: form.dataset.token ?? "", choice: button?.value ?? "", facts });
    this.walk();
  }

  // ---- publishing
  async ready() {
    if ($("publish").getAttribute("aria-disabled") === "true") return this.turn("findings");
    try {
      await this.collect();
      const answer = await post("/designer/ready", this.drawing());
      this.dialog(await answer.text());
    } catch (failed) {
      this.failed(failed);
    }
  }

  dialog(html) {
    const dialog = $("publishing");
    dialog.innerHTML = html;
    if (!dialog.open) dialog.showModal ? dialog.showModal() : dialog.setAttribute("open", "");
    (dialog.querySelector("[aria-invalid], [role=alert]") ?? dialog.querySelector("textarea, button")).focus();
  }

  async publish(form) {
    const button = form.querySelector("button:not([type])");
    button.disabled = true;
    // what he opened is what he replaces; only a dialog that has told of a newer version lets him replace that one
    const over = form.dataset.outdated === undefined ? this.base : Number(form.elements.over.value) || null;
    try {
      const answer = await post(form.getAttribute("action"), { ...this.drawing(), note: form.elements.note.value, over });
      const { to } = await answer.json();
      this.drafts.drop();
      location.assign(to);
    } catch (failed) {
      if (failed instanceof Refused && [409, 422].includes(failed.status)) this.dialog(failed.message);
      else {
        this.close();
        this.failed(failed);
      }
    } finally {
      button.disabled = false;
    }
  }

  close() {
    const dialog = $("publishing");
    dialog.close ? dialog.close() : dialog.removeAttribute("open");
  }

  // ---- carrying away and bringing
  async take(kind) {
    try {
      await this.collect();
      const body = kind === "bpmn" ? new Blob([this.files["matter.bpmn"]], { type: "application/xml" }) : await (await post("/designer/pack", this.drawing())).blob();
      const link = document.createElement("a");
      link.href = URL.createObjectURL(body);
      link.download = `${told.code}.${kind}`;
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (failed) {
      this.failed(failed);
    }
  }

  async bring(field) {
    const form = new FormData();
    for (const file of field.files) form.append("files", file);
    const size = [...field.files].reduce((sum, file) => sum + file.size, 0);
    field.value = "";
    if (size > 8 * 1024 * 1024) return this.trouble(`<p><b>文件有 ${Math.round(size / 1024 / 1024)} MB，太大了，没有上传。</b></p><p>单次不超过 8 MB；流程图通常只有几十 KB，请去掉嵌入的图片。</p>`);
    try {
      const { files, words } = await (await send("/designer/gather", form)).json();
      await this.collect();
      Object.assign(this.files, files);
      Object.assign(told.words, words);
      this.fillFiles();
      await this.open(files["matter.bpmn"] ? "matter.bpmn" : Object.keys(files)[0]);
      this.changed();
    } catch (failed) {
      this.failed(failed);
    }
  }

  // ---- small things
  async go(found) {
    if (found.file !== this.at && this.files[found.file] !== undefined) {
      await this.collect();
      await this.open(found.file);
    }
    for (const row of $("low").querySelectorAll("tr.cur")) row.classList.remove("cur");
    found.row?.classList.add("cur");
    found.row?.scrollIntoView({ block: "nearest" });
    if (!this.at.endsWith(".bpmn")) return this.toLine(Number(found.line));
    const element = this.modeler.get("elementRegistry").get(found.element);
    if (!element) return;
    this.modeler.get("selection").select(element.parent ? element : []);
    this.canvas.scrollToElement(element, PAD);
    this.canvas.focus();
  }

  toLine(line) {
    const lines = $("text").value.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    $("text").focus();
    $("text").setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  }

  fit() {
    const { inner, outer } = this.canvas.viewbox();
    if (!inner.width || !outer.width) return;
    const scale = Math.min(1, outer.width / (inner.width + 2 * PAD), outer.height / (inner.height + 2 * PAD));
    const [width, height] = [outer.width / scale, outer.height / scale];
    this.canvas.viewbox({ x: inner.x + inner.width / 2 - width / 2, y: inner.y + inner.height / 2 - height / 2, width, height });
  }

  // j and k go from element to element, as in lists
  step(by) {
    const all = this.modeler.get("elementRegistry").filter((one) => one.parent && one.type !== "label");
    const place = (one) => (one.waypoints ? { x: one.waypoints[0].x, y: one.waypoints[0].y } : { x: one.x + one.width / 2, y: one.y + one.height / 2 });
    all.sort((a, b) => place(a).x - place(b).x || place(a).y - place(b).y);
    const now = all.indexOf(this.modeler.get("selection").get()[0]);
    const next = all[now < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, now + by))];
    if (!next) return;
    this.modeler.get("selection").select(next);
    this.canvas.scrollToElement(next, PAD);
  }

  grid({ viewbox }) {
    const size = 16 * viewbox.scale;
    Object.assign($("canvas").style, { backgroundSize: `${size}px ${size}px`, backgroundPosition: `${-viewbox.x * viewbox.scale}px ${-viewbox.y * viewbox.scale}px` });
  }

  trouble(html) {
    $("trouble").innerHTML = html;
    $("trouble").hidden = false;
    $("trouble").focus();
  }

  quiet() {
    $("trouble").hidden = true;
  }

  failed(failed) {
    if (!(failed instanceof Refused)) throw failed;
    this.trouble(failed.message);
  }

  listen() {
    this.modeler.on("commandStack.changed", () => this.opening || this.changed());
    this.modeler.on("canvas.viewbox.changed", (event) => this.grid(event));
    this.modeler.get("keyboard").addListener(1500, ({ keyEvent }) => {
      if (keyEvent.key === "z" && (keyEvent.ctrlKey || keyEvent.metaKey) && this.canUnmend()) return this.unmend(), true;
      const by = keyEvent.ctrlKey || keyEvent.metaKey || keyEvent.altKey ? 0 : { j: 1, k: -1 }[keyEvent.key];
      if (by) this.step(by);
      return by ? true : undefined;
    });
    $("text").addEventListener("input", () => {
      this.files[this.at] = $("text").value;
      this.changed();
    });
    $("file").addEventListener("change", async () => {
      const name = $("file").value;
      await this.collect();
      this.open(name);
    });
    $("compare")?.addEventListener("click", () => (this.view === "changes" ? this.turn("findings") : this.look("changes", "/designer/compare")));
    $("try").addEventListener("click", () => (this.view === "walk" ? this.turn("findings") : this.walk()));
    $("unmend").addEventListener("click", () => this.unmend());
    $("publish").addEventListener("click", () => this.ready());
    $("bring").addEventListener("click", () => $("bring-files").click());
    $("bring-files").addEventListener("change", (event) => this.bring(event.target));
    for (const button of $("take").querySelectorAll("button")) button.addEventListener("click", () => ($("take").removeAttribute("open"), this.take(button.dataset.kind)));
    document.addEventListener("click", (event) => this.clicked(event));
    root.addEventListener("submit", (event) => this.submitted(event));
    new ResizeObserver(() => this.canvas.resized()).observe($("canvas"));
  }

  clicked(event) {
    const target = event.target;
    if (!target.closest("#take")) $("take").removeAttribute("open");
    if (target.closest("[data-close]")) return this.close();
    if (target.closest("[data-back]")) return this.moves.pop() && this.walk();
    const fix = target.closest("[data-fix]");
    if (fix) return this.mend(fix.closest("tr"), fix);
    if (target.closest("[data-critical]")) return (this.follows = !this.follows), this.play.stop(), this.show();
    const way = target.closest("[data-way]");
    if (way) return this.play.start(JSON.parse(way.dataset.way), way);
    if (target.closest("[data-again]")) return (this.moves = []) && this.walk();
    const row = target.closest("[data-go]")?.closest("tr");
    if (!row) return undefined;
    event.preventDefault();
    this.close();
    return this.go({ ...row.dataset, row });
  }

  submitted(event) {
    const form = event.target;
    if (form.dataset.move) {
      event.preventDefault();
      this.move(form, event.submitter);
    } else if (form.dataset.publish !== undefined) {
      event.preventDefault();
      this.publish(form);
    }
  }
}

const elements = (row) => row.dataset.elements.split(" ").filter(Boolean);
const rank = (name) => ["matter.bpmn", "guide.yaml"].indexOf(name) + 1 || (name.startsWith("forms/") ? 3 : 4);
const clock = (at) => `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
const day = (at) => `${at.getMonth() + 1}月${at.getDate()}日`;

new Designer().start();
