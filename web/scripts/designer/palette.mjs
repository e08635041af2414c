// The column of elements. With a mouse one is drawn where it is dropped; from the keyboard it is put behind what is
// selected, or into the middle.
export function palette(host, modeler, fit, mended) {
  const get = (name) => modeler.get(name);
  const tools = {
    select: () => get("toolManager").setActive(null),
    lasso: (event) => get("lassoTool").activateSelection(event),
    hand: (event) => get("handTool").activateHand(event),
    connect: (event) => get("globalConnect").toggle(event),
    undo: () => (mended.canUnmend() ? mended.unmend() : get("commandStack").undo()),
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

  for (const button of host.querySelectorAll("button")) {
    const { tool, type, event: eventDefinitionType } = button.dataset;
    button.addEventListener("click", tool ? tools[tool] : put({ type, eventDefinitionType }));
    button.addEventListener("dragstart", (event) => {
      event.preventDefault();
      drag({ type, eventDefinitionType })(event);
    });
  }

  const named = (name) => host.querySelector(`[data-tool=${name}]`);
  const shown = () => {
    named("undo").disabled = !get("commandStack").canUndo() && !mended.canUnmend();
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
