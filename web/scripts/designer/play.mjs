// A way through the drawing, played stop by stop: what has been passed, where it is now, and at its end what is left standing.
const BEAT = 1200;
const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Play {
  // shown: what draws it, after every stop
  constructor(host, shown) {
    Object.assign(this, { host, shown, way: null, at: 0 });
    const keys = { ArrowLeft: "back", ArrowRight: "next", Escape: "stop" };
    host.addEventListener("click", ({ target }) => this[target.dataset.play]?.());
    host.addEventListener("keydown", (event) => keys[event.key] && (event.preventDefault(), this[keys[event.key]]()));
  }

  // it runs by itself, except for whom nothing should move
  start(way, from) {
    Object.assign(this, { way, from, at: 0 });
    this.host.hidden = false;
    this.button("run").hidden = still.matches;
    this.turn(0);
    if (!still.matches) this.run();
    this.host.nextElementSibling.scrollIntoView({ block: "nearest" });
    this.button("next").focus();
  }

  back() {
    this.pause();
    this.turn(this.at - 1);
  }

  next() {
    this.pause();
    this.turn(this.at + 1);
  }

  run() {
    if (this.beat) return this.pause();
    if (this.over) this.turn(0);
    this.beat = setInterval(() => (this.turn(this.at + 1), this.over && this.pause()), BEAT);
    this.tell();
  }

  pause() {
    clearInterval(this.beat);
    this.beat = 0;
    this.tell();
  }

  stop() {
    if (!this.way) return;
    const inside = this.host.contains(document.activeElement);
    clearInterval(this.beat);
    Object.assign(this, { way: null, beat: 0 });
    this.host.hidden = true;
    if (inside && this.from.isConnected) this.from.focus();
    this.shown();
  }

  get over() {
    return this.at === this.way.stops.length - 1;
  }

  turn(to) {
    this.at = Math.min(Math.max(to, 0), this.way.stops.length - 1);
    const { stops, last } = this.way;
    this.host.querySelector("p").textContent = `第 ${this.at + 1} 步，共 ${stops.length} 步：${stops[this.at].told}${this.over ? last : ""}`;
    this.tell();
    this.shown();
  }

  tell() {
    this.button("back").setAttribute("aria-disabled", String(!this.at));
    this.button("next").setAttribute("aria-disabled", String(this.over));
    this.button("run").textContent = this.beat ? "暂停" : "连续播放";
  }

  button(name) {
    return this.host.querySelector(`[data-play=${name}]`);
  }

  // the file to be seen, the element to be looked at, and the colours of what is drawn in that file
  get now() {
    const { stops, standing } = this.way;
    const stop = stops[this.at];
    const passed = stops.slice(0, this.at + 1).filter((one) => one.file === stop.file);
    const nodes = passed.map((one) => one.node).filter((node) => node && node !== stop.node);
    const left = this.over ? standing : [];
    return { ...stop, left, colours: { "at-done": [...nodes, ...passed.flatMap((one) => one.flows)], "at-now": [stop.node], "at-stand": left } };
  }
}
