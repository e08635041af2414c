// How elements look: bpmn-js draws them, we make the lines thinner and write a step's limit under its name.
import BpmnRenderer from "bpmn-js/lib/draw/BpmnRenderer";
import { append, attr, create } from "tiny-svg";

const WIDTHS = { "bpmn:CallActivity": 2.5, "bpmn:EndEvent": 2.6 };
const LINE = 13;
const ROOM = 8;

export function limitWords(limit) {
  const found = /^(\d+(?:\.5)?)(wd|cd)$/.exec(limit ?? "");
  return found ? `${found[1]} 个${found[2] === "wd" ? "工作日" : "自然日"}` : "";
}

// the tokens of the page as the editor's own settings; it measures texts with them
export function settings() {
  const style = getComputedStyle(document.documentElement);
  const fontFamily = style.getPropertyValue("--font-ui").trim();
  return {
    bpmnRenderer: { defaultFillColor: "var(--dg-fill)", defaultStrokeColor: "var(--dg-line)", defaultLabelColor: "var(--ink-1)" },
    textRenderer: { defaultStyle: { fontFamily, fontSize: 13, fontWeight: "600" }, externalStyle: { fontFamily, fontSize: 12, fontWeight: "normal" } },
  };
}

class Renderer extends BpmnRenderer {
  constructor(...services) {
    super(...services, 1500);
    // nearly every task is a person's step: its picture would say nothing
    this.handlers["bpmn:UserTask"] = this.handlers["bpmn:Task"];
    // labels were measured by tools with smaller letters: some room on both sides keeps them on one line
    const { label } = this.handlers;
    this.handlers.label = (parent, element, attrs) => {
      const text = label(parent, Object.assign(Object.create(element), { width: element.width + 2 * ROOM }), attrs);
      attr(text, { transform: `translate(${-ROOM} 0)` });
      return text;
    };
  }

  drawShape(parent, shape, attrs) {
    const drawn = super.drawShape(parent, shape, attrs);
    if (shape.type !== "label") drawn.style.strokeWidth = `${WIDTHS[shape.type] ?? 1.5}px`;
    const step = shape.businessObject;
    const under = step.kind === "special" ? "特别程序" : limitWords(step.limit);
    if (under && shape.type !== "label") this.writeUnder(parent, shape, under);
    return drawn;
  }

  drawConnection(parent, connection, attrs) {
    const drawn = super.drawConnection(parent, connection, attrs);
    drawn.style.strokeWidth = "1.5px";
    return drawn;
  }

  writeUnder(parent, shape, words) {
    const name = parent.querySelector(".djs-label");
    const lines = name?.childNodes.length ?? 0;
    if (name) attr(name, { transform: `translate(0 ${-LINE / 2 - 1})` });
    const text = create("text", { class: "djs-label ls-under", x: shape.width / 2, y: shape.height / 2 + (lines * LINE) / 2 + LINE / 2 + 1, "text-anchor": "middle" });
    text.textContent = words;
    append(parent, text);
  }
}
Renderer.$inject = BpmnRenderer.$inject;

export default { __init__: ["lianshenRenderer"], lianshenRenderer: ["type", Renderer] };
