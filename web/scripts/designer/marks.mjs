// What is shown on the canvas beside the drawing itself: findings as numbered dots, differences and the walk as colours.
export class Marks {
  constructor(modeler, go) {
    this.modeler = modeler;
    this.go = go;
    this.put = new Map();
  }

  // a filled dot is an error, a ring a reminder; several at one element stand side by side
  dots(findings) {
    const overlays = this.modeler.get("overlays");
    overlays.remove({ type: "finding" });
    const beside = new Map();
    for (const found of findings) {
      const element = this.modeler.get("elementRegistry").get(found.element);
      if (!element || !element.parent) continue;
      const nth = beside.get(found.element) ?? 0;
      beside.set(found.element, nth + 1);
      const html = document.createElement("button");
      Object.assign(html, { type: "button", className: `dot sev--${found.mark}`, textContent: found.number, tabIndex: -1 });
      html.setAttribute("aria-label", `${found.level} ${found.number}：${found.sentence}`);
      html.addEventListener("click", () => this.go(found));
      overlays.add(found.element, "finding", { html, position: spot(element, nth), scale: false, show: { minZoom: 0.2 } });
    }
  }

  // in words, at what is left standing when a way is over
  stand(ids) {
    this.tags("stand", ids.map((id) => [id, "最后在这里"]));
  }

  // the numbers of the steps of a path, in its order
  order(stops) {
    this.tags("order", stops.filter((stop) => stop.spoken).map((stop, n) => [stop.node, String(n + 1)]));
  }

  tags(type, words) {
    const overlays = this.modeler.get("overlays");
    overlays.remove({ type });
    for (const [id, text] of new Map(words)) if (this.modeler.get("elementRegistry").get(id)) overlays.add(id, type, { html: `<span class="tag tag--${type}">${text}</span>`, position: { bottom: 4, left: 0 }, scale: false });
  }

  // one kind of colour at a time: name -> ids of elements
  colour(kinds) {
    const canvas = this.modeler.get("canvas");
    const registry = this.modeler.get("elementRegistry");
    for (const [id, names] of this.put) if (registry.get(id)) for (const name of names) canvas.removeMarker(id, name);
    this.put.clear();
    for (const [name, ids] of Object.entries(kinds)) {
      for (const id of ids) {
        if (!registry.get(id)) continue;
        canvas.addMarker(id, name);
        this.put.set(id, [...(this.put.get(id) ?? []), name]);
      }
    }
  }
}

// the upper right corner of a shape, the middle of a flow
function spot(element, nth) {
  if (!element.waypoints) return { top: -9, left: element.width - 9 - nth * 20 };
  const points = element.waypoints;
  const [one, other] = points.slice(Math.floor((points.length - 1) / 2));
  const [x, y] = [Math.min(...points.map((p) => p.x)), Math.min(...points.map((p) => p.y))];
  return { top: (one.y + other.y) / 2 - y - 9, left: (one.x + other.x) / 2 - x - 9 + nth * 20 };
}
