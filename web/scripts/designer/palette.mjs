// The column of elements. With a mouse one is drawn where it is dropped; from the keyboard it is put behind what is
// selected, or into the middle.
const draw = (d) => `<svg viewBox="0 0 20 20" aria-hidden="true"><path d="${d}"/></svg>`;
const circle = (more) => `<svg viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="6.5"${more}/></svg>`;

const TOOLS = [
  ["select", "选择", draw("M5 3l12 8-6 1-2 6z")],
  ["lasso", "框选", draw("M3 3h3M9 3h3M15 3h2v2M17 8v3M17 14v3h-2M12 17H9M6 17H3v-2M3 12V9M3 6V3")],
  ["hand", "移动画布", draw("M10 2v16M2 10h16M10 2 8 4.500m2-2.5 2 2.500M10 18l-2-2.500m2 2.5 2-2.500M2 10l2.5-2m-2.5 2 2.5 2M18 10l-2.5-2m2.5 2-2.5 2")],
  ["connect", "连线", draw("M3 14h7V6h6m-3-3 3 3-3 3")],
];
const ELEMENTS = [
  [{ type: "bpmn:StartEvent" }, "开始事件", circle("")],
  [{ type: "bpmn:EndEvent" }, "结束事件", circle(' stroke-width="2.6"')],
  [{ type: "bpmn:UserTask" }, "步骤", draw("M4.5 4.500h11q2 0 2 2v7q0 2-2 2h-11q-2 0-2-2v-7q0-2 2-2z")],
  [{ type: "bpmn:CallActivity" }, "部件", draw("M4.5 4.500h11q2 0 2 2v7q0 2-2 2h-11q-2 0-2-2v-7q0-2 2-2zM8 15.500v-4h4v4M10 12.300v2.400M8.800 13.500h2.400")],
  [{ type: "bpmn:ExclusiveGateway" }, "排他网关", draw("M10 2.5 17.5 10 10 17.5 2.5 10zM7.600 7.600l4.800 4.800m0-4.800-4.800 4.800")],
  [{ type: "bpmn:ParallelGateway" }, "并行网关", draw("M10 2.5 17.5 10 10 17.5 2.5 10zM10 6.500v7M6.5 10h7")],
  [{ type: "bpmn:IntermediateCatchEvent", eventDefinitionType: "bpmn:MessageEventDefinition" }, "等消息", draw("M10 3a7 7 0 1 0 0 14 7 7 0 1 0 0-14M6.5 7.500h7v5h-7zm0 0 3.5 3 3.5-3")],
  [{ type: "bpmn:IntermediateCatchEvent", eventDefinitionType: "bpmn:TimerEventDefinition" }, "等时间", draw("M10 3a7 7 0 1 0 0 14 7 7 0 1 0 0-14M10 6v4h3")],
  [{ type: "bpmn:Participant" }, "泳道", draw("M2.5 4.500h15v11h-15zM6 4.500v11M6 10h11.5")],
];
const HANDLES = [
  ["undo", "撤销", draw("M7 4 3 8l4 4M3 8h9q5 0 5 4.500T12 17H8")],
  ["redo", "重做", draw("m13 4 4 4-4 4m4-4H8q-5 0-5 4.500T8 17h4")],
  ["fit", "适合窗口", draw("M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4")],
];

export function palette(host, modeler, fit) {
  const get = (name) => modeler.get(name);
  const tools = {
    select: () => get("toolManager").setActive(null),
    lasso: (event) => get("lassoTool").activateSelection(event),
    hand: (event) => get("handTool").activateHand(event),
    connect: (event) => get("globalConnect").toggle(event),
    undo: () => get("commandStack").undo(),
    redo: () => get("commandStack").redo(),
    fit,
  };
  const make = (what) => (what.type === "bpmn:Participant" ? get("elementFactory").createParticipantShape() : get("elementFactory").createShape(what));
  const drag = (what) => (event) => get("create").start(event, make(what));
  const put = (what) => (event) => (event.detail === 0 ? place(make(what)) : drag(what)(event));

  // from the keyboard: behind the selected element where something may follow it
  function place(shape) {
    const chosen = get("selection").get();
    const before = chosen.length === 1 && !chosen[0].waypoints && chosen[0].parent ? chosen[0] : null;
    const follows = before && shape.type !== "bpmn:StartEvent" && shape.type !== "bpmn:Participant" && get("rules").allowed("shape.append", { element: before, shape }) !== false;
    const view = get("canvas").viewbox();
    const middle = { x: Math.round((view.x + view.width / 2) / 10) * 10, y: Math.round((view.y + view.height / 2) / 10) * 10 };
    const made = follows ? get("autoPlace").append(before, shape) : get("modeling").createShape(shape, middle, get("canvas").getRootElement());
    get("selection").select(made);
    document.getElementById("p-name")?.focus();
  }

  const button = ([name, words, icon]) => {
    const one = document.createElement("button");
    Object.assign(one, { type: "button", title: words, innerHTML: icon });
    one.setAttribute("aria-label", words);
    if (typeof name === "string") {
      one.dataset.tool = name;
      one.addEventListener("click", tools[name]);
    } else {
      one.draggable = true;
      one.addEventListener("click", put(name));
      one.addEventListener("dragstart", (event) => {
        event.preventDefault();
        drag(name)(event);
      });
    }
    return one;
  };
  const line = () => document.createElement("hr");
  host.replaceChildren(...TOOLS.map(button), line(), ...ELEMENTS.map(button), line(), ...HANDLES.map(button));

  const named = (name) => host.querySelector(`[data-tool=${name}]`);
  const shown = () => {
    named("undo").disabled = !get("commandStack").canUndo();
    named("redo").disabled = !get("commandStack").canRedo();
  };
  const active = ({ tool }) => {
    for (const name of ["select", "lasso", "hand", "connect"]) named(name).setAttribute("aria-pressed", String(name === ({ "global-connect": "connect" }[tool] ?? tool ?? "select")));
  };
  modeler.on("commandStack.changed", shown);
  modeler.on("import.done", shown);
  modeler.on("tool-manager.update", active);
  active({});
}
