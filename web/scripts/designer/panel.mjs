// The properties of what is selected. Every change goes through the editor's commands, so that it can be undone.
import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";
import { translate } from "./words.mjs";

const STEPS = ["bpmn:Task", "bpmn:UserTask", "bpmn:ManualTask"];
const CALLING = ["bpmn:ServiceTask", "bpmn:SendTask", "bpmn:BusinessRuleTask"];

export class Panel {
  constructor(host, modeler, told, state) {
    Object.assign(this, { host, modeler, told, state });
    for (const name of ["selection.changed", "import.done"]) modeler.on(name, () => this.show());
    modeler.on("commandStack.changed", () => this.show(true));
    // what is typed is drawn at once, but only what stays is told: a field is done when it is left, or after a rest
    host.addEventListener("input", (event) => this.typed(event.target));
    host.addEventListener("change", (event) => this.done(event.target));
    host.addEventListener("submit", (event) => event.preventDefault());
  }

  typed(field) {
    clearTimeout(this.resting);
    if (!field.dataset.done && field.matches("input[type=text], textarea")) this.resting = setTimeout(() => this.done(field), 400);
  }

  done(field) {
    clearTimeout(this.resting);
    this.act[field.name]?.(field);
  }

  // keep: the element is the same. Fields that are still there stay where they are: somebody may be typing in one, or
  // opening another
  show(keep = false) {
    const chosen = this.modeler.get("selection").get();
    const element = chosen.length === 1 ? chosen[0].labelTarget ?? chosen[0] : chosen.length ? null : this.modeler.get("canvas").getRootElement();
    if (element && !element.businessObject) return; // nothing has been opened yet
    const same = keep && element === this.element;
    if (!same) clearTimeout(this.resting);
    Object.assign(this, { element, act: {} });
    const made = h("div", {}, ...(element ? this.parts(element) : [section("", h("p", { className: "sec" }, `选中了 ${chosen.length} 个图元`))]));
    if (same && outline(made) === outline(this.host)) this.refresh(made);
    else this.replace(made);
    this.tell();
  }

  refresh(made) {
    for (const name of [".pp-h small", ".pp-h h2", ".pp-h .no"]) this.host.querySelector(name)?.replaceChildren(...made.querySelector(name).childNodes);
    for (const fresh of made.querySelectorAll("[name]")) {
      const field = this.field(fresh.name);
      if (field === document.activeElement && field.matches("input[type=text], textarea")) continue;
      const { value, checked, disabled } = fresh;
      Object.assign(field, { value, checked, disabled });
    }
  }

  replace(made) {
    const held = this.host.contains(document.activeElement) ? document.activeElement.id : "";
    this.host.replaceChildren(...made.childNodes);
    if (held) document.getElementById(held)?.focus({ preventScroll: true });
  }

  parts(element) {
    const bo = getBusinessObject(element);
    const head = h("section", { className: "sect pp-h" }, h("small", {}, this.kindWords(element)), h("h2", {}, bo.name || "未命名"), h("span", { className: "no ter" }, bo.id), h("ul", { className: "pp-f" }));
    return [head, this.named(element, bo), ...this.own(element, bo)];
  }

  kindWords(element) {
    const bo = getBusinessObject(element);
    const type = element.type.replace("bpmn:", "");
    if (type === "Process" || type === "Collaboration") return "流程";
    const words = this.told.nodes[type[0].toLowerCase() + type.slice(1)] ?? { SequenceFlow: "连线", Participant: "泳池", Lane: "泳道", TextAnnotation: "注释" }[type] ?? translate(type);
    const trigger = bo.eventDefinitions?.[0]?.$type;
    return trigger ? `${{ "bpmn:MessageEventDefinition": "消息", "bpmn:TimerEventDefinition": "定时" }[trigger] ?? ""}${words}` : words;
  }

  own(element, bo) {
    if (is(element, "bpmn:SequenceFlow")) return this.flow(element, bo);
    if (is(element, "bpmn:CallActivity")) return this.call(element, bo);
    if ([...STEPS, ...CALLING].includes(element.type)) return this.step(element, bo);
    if (is(element, "bpmn:Event")) return this.event(element, bo);
    if (is(element, "bpmn:Gateway")) return this.gateway(element, bo);
    if (is(element, "bpmn:Process")) return this.process(element, bo);
    return [];
  }

  // ---- every element
  named(element, bo) {
    if (is(element, "bpmn:Collaboration")) return null;
    const text = is(element, "bpmn:TextAnnotation");
    this.act.name = (field) => this.set(element, { [text ? "text" : "name"]: field.value.trim() || undefined });
    return section("", input("name", text ? "文字" : "名称", (text ? bo.text : bo.name) ?? ""));
  }

  process(element, bo) {
    this.act.id = (field) => /^[a-z_][\w.-]*$/i.test(field.value) && this.set(element, { id: field.value });
    return [section("", input("id", "编号", bo.id, this.state.main() ? { help: `应为 ${this.told.code.toLowerCase()}，与事项代码相同。` } : {}))];
  }

  // ---- steps
  step(element, bo) {
    const { kinds, departments, windows, places, grounds, own, connections } = this.told;
    const limit = /^(.*?)(wd|cd)?$/.exec(bo.limit ?? "");
    const unit = limit[2] ?? "wd";
    const kind = kinds.find((one) => one.code === bo.kind);
    const put = (name, value) => this.set(element, { [name]: value || undefined });
    this.act.kind = (field) => this.setKind(element, bo, field.value);
    this.act.department = (field) => this.set(element, { department: field.value || undefined, window: undefined });
    for (const name of ["window", "officer", "form", "ground", "place", "sends", "returns"]) this.act[name] = (field) => put(name, field.value);
    this.act.call = ({ value }) => this.set(element, value ? { call: value } : { call: undefined, sends: undefined, returns: undefined });
    const length = () => this.field("limit").value.trim();
    this.act.limit = this.act.unit = () => put("limit", length() && length() + this.field("unit").value);
    const mine = windows.filter((one) => !bo.department || one.department === bo.department);
    const forms = this.state.forms().map((code) => ({ code, name: code }));
    const names = (name, words) => bo.call && input(name, words, bo[name] ?? "", { help: "名称之间空一格。" });
    return [
      CALLING.includes(element.type) && section("谁来答复", select("call", "对接系统", connections, bo.call, "由人确认"), names("sends", "发出"), names("returns", "带回")),
      section("", select("kind", "步骤类型", kinds, bo.kind, "未选")),
      section("谁来办", select("department", "部门", [own, ...departments], bo.department, "未选"), select("window", "窗口", mine, bo.window, "本部门的窗口"), input("officer", "指定经办人", bo.officer ?? "")),
      section("时限", h("div", { className: "two" }, input("limit", "环节时限", limit[1], { inputMode: "decimal" }), select("unit", "单位", [{ code: "wd", name: "工作日" }, { code: "cd", name: "自然日" }], unit))),
      kind && section("结果", this.outcomes(element, bo, kind)),
      kind?.code === "special" && section("特别程序", select("ground", "依据", grounds, bo.ground, "未选")),
      section("表单", select("form", "办理时填写", forms, bo.form, "不用表单")),
      section("地点", select("place", "在哪里办", places.map((one) => (one.code === "hall" ? { ...one, code: "" } : one)), bo.place === "hall" ? "" : bo.place)),
    ];
  }

  // another kind has other outcomes; what it has not is taken away
  setKind(element, bo, kind) {
    const lawful = this.told.kinds.find((one) => one.code === kind)?.outcomes.map((one) => one.code) ?? [];
    const kept = this.drawn(bo).filter((one) => lawful.includes(one.code));
    this.set(element, { kind: kind || undefined, ground: kind === "special" ? bo.ground : undefined, ...this.extended(bo, kept) });
  }

  outcomes(element, bo, kind) {
    const drawn = new Map(this.drawn(bo).map((one) => [one.code, one.label]));
    const all = drawn.size === 0;
    const save = () => {
      const kept = kind.outcomes.filter((one) => this.field(`o-${one.code}`).checked);
      if (!kept.length) return this.show();
      this.set(element, this.extended(bo, kept.map((one) => ({ code: one.code, label: this.field(`l-${one.code}`).value.trim() || one.label }))));
    };
    return h("ul", { className: "checks outs", id: "p-outcomes" }, ...kind.outcomes.map((one) => {
      const on = all || drawn.has(one.code);
      this.act[`o-${one.code}`] = this.act[`l-${one.code}`] = save;
      const box = h("input", { type: "checkbox", id: `p-o-${one.code}`, name: `o-${one.code}`, checked: on });
      const label = h("input", { type: "text", name: `l-${one.code}`, id: `p-l-${one.code}`, value: drawn.get(one.code) ?? one.label, disabled: !on });
      label.setAttribute("aria-label", `“${one.label}”的按钮上写`);
      return h("li", {}, box, h("label", { htmlFor: box.id }, one.label), label);
    }));
  }

  drawn(bo) {
    return (bo.extensionElements?.values ?? []).filter((one) => one.$type === "ls:Outcome").map(({ code, label }) => ({ code, label }));
  }

  // our outcomes in the place of the old ones; what others have written there stays
  extended(bo, outcomes) {
    const factory = this.modeler.get("bpmnFactory");
    const others = (bo.extensionElements?.values ?? []).filter((one) => one.$type !== "ls:Outcome");
    const values = [...others, ...outcomes.map((one) => this.modeler.get("moddle").create("ls:Outcome", one))];
    if (!values.length) return { extensionElements: undefined };
    const extensionElements = factory.create("bpmn:ExtensionElements", { values });
    for (const value of values) value.$parent = extensionElements;
    extensionElements.$parent = bo;
    return { extensionElements };
  }

  // ---- flows and gateways
  flow(element, bo) {
    const source = bo.sourceRef;
    const splits = is(source, "bpmn:ExclusiveGateway") || is(source, "bpmn:InclusiveGateway") || is(source, "bpmn:ComplexGateway") || is(source, "bpmn:Activity");
    if (!splits) return [];
    const text = bo.conditionExpression?.body ?? "";
    const outcomes = this.outcomesAt(source);
    const asked = askedFor(text);
    const write = (body) => this.set(element, { conditionExpression: body ? this.modeler.get("bpmnFactory").create("bpmn:FormalExpression", { body }) : undefined });
    this.act.condition = (field) => write(field.value.trim());
    this.act.default = (field) => this.set(this.modeler.get("elementRegistry").get(source.id), { default: field.checked ? bo : undefined });
    const box = (one) => {
      this.act[`c-${one.code}`] = () => {
        const chosen = outcomes.filter((other) => this.field(`c-${other.code}`).checked);
        write(chosen.length ? `\${${chosen.map((other) => `outcome == '${other.code}'`).join(" || ")}}` : "");
        this.show();
      };
      const field = h("input", { type: "checkbox", id: `p-c-${one.code}`, name: `c-${one.code}`, checked: asked?.includes(one.code) ?? false, disabled: asked === null });
      return h("li", {}, field, h("label", { htmlFor: field.id }, one.label));
    };
    const usual = h("input", { type: "checkbox", id: "p-default", name: "default", checked: source.default === bo });
    return [
      section("条件", outcomes.length > 0 && h("fieldset", {}, h("legend", { className: "label" }, "结果是这些时走这条"), h("ul", { className: "checks" }, ...outcomes.map(box))), input("condition", "条件", text, { rows: 2, help: "也可以用申请表单里的字段，如 ${area > 5000}。" })),
      section("", h("p", { className: "check" }, usual, h("label", { htmlFor: usual.id }, "都不符合时走这条（默认走向）"))),
    ];
  }

  // the outcomes with which a case can come here: of the nearest steps before, through gateways and events
  outcomesAt(node, seen = new Set()) {
    if (!node || seen.has(node)) return [];
    seen.add(node);
    if (node.kind) {
      const lawful = this.told.kinds.find((one) => one.code === node.kind)?.outcomes ?? [];
      const drawn = this.drawn(node);
      return drawn.length ? drawn.map((one) => ({ code: one.code, label: one.label ?? one.code })) : lawful;
    }
    const found = this.flows(node, "incoming").flatMap((flow) => this.outcomesAt(flow.sourceRef, seen));
    return [...new Map(found.map((one) => [one.code, one])).values()];
  }

  // the drawn connections: a file need not list them at its nodes
  flows(node, way) {
    const drawn = this.modeler.get("elementRegistry").get(node.id)?.[way] ?? [];
    return drawn.map(getBusinessObject).filter((flow) => is(flow, "bpmn:SequenceFlow"));
  }

  gateway(element, bo) {
    const flows = this.flows(bo, "outgoing");
    const ways = flows.map((flow) => ({ code: flow.id, name: flow.name || `到${flow.targetRef?.name || flow.targetRef?.id}` }));
    if (is(element, "bpmn:ParallelGateway") || is(element, "bpmn:EventBasedGateway") || ways.length < 2) return [];
    this.act.default = (field) => this.set(element, { default: flows.find((flow) => flow.id === field.value) });
    return [section("", select("default", "都不符合时走", ways, bo.default?.id, "没有默认走向"))];
  }

  // ---- events and calls
  event(element, bo) {
    const definition = bo.eventDefinitions?.[0];
    if (definition?.$type === "bpmn:TimerEventDefinition") return this.timer(element, definition);
    if (definition?.$type === "bpmn:MessageEventDefinition") return this.message(element, definition);
    return [];
  }

  timer(element, definition) {
    const kinds = [{ code: "timeDuration", name: "过多久" }, { code: "timeDate", name: "到哪一刻" }, { code: "timeCycle", name: "每隔多久" }];
    const kind = kinds.find((one) => definition[one.code])?.code ?? "timeDuration";
    this.act.timer = this.act.timerKind = () => {
      const body = this.field("timer").value.trim();
      const written = body ? this.modeler.get("bpmnFactory").create("bpmn:FormalExpression", { body }) : undefined;
      this.change(element, definition, { timeDuration: undefined, timeDate: undefined, timeCycle: undefined, [this.field("timerKind").value]: written });
    };
    return [section("时间", select("timerKind", "怎么算", kinds, kind), input("timer", "时间", definition[kind]?.body ?? "", { help: "3wd 三个工作日，5cd 五个自然日，PT2H 两小时，2026-12-01T09:00 一个时刻，R3/P1D 每天一次共三次。" }))];
  }

  message(element, definition) {
    const name = definition.messageRef?.name ?? "";
    this.act.message = (field) => this.change(element, definition, { messageRef: this.declared(field.value.trim()) });
    const known = h("datalist", { id: "p-messages" }, ...this.told.messages.map((one) => h("option", { value: one.code }, one.name)));
    const words = this.told.messages.map((one) => `${one.code} 是${one.name}`).join("；");
    return [section("消息", input("message", "消息名称", name, { list: "p-messages", help: `${words}。` }), known)];
  }

  // a message by its name; a new one is declared beside the processes
  declared(name) {
    if (!name) return undefined;
    const definitions = this.modeler.getDefinitions();
    const known = definitions.rootElements.find((one) => one.$type === "bpmn:Message" && one.name === name);
    if (known) return known;
    const made = this.modeler.get("bpmnFactory").create("bpmn:Message", { name });
    made.$parent = definitions;
    definitions.rootElements.push(made);
    return made;
  }

  call(element, bo) {
    this.act.called = (field) => this.set(element, { calledElement: field.value || undefined });
    const calls = this.told.calls.map((one) => ({ code: one.code, name: `${one.name}（${one.code}）` }));
    return [section("调用", select("called", "部件", calls, bo.calledElement, "未选"))];
  }

  // ---- findings of this element
  tell() {
    const list = this.host.querySelector(".pp-f");
    if (!list || !this.element) return;
    const mine = this.state.findings().filter((one) => one.element === getBusinessObject(this.element).id);
    for (const said of this.host.querySelectorAll(".err")) said.remove();
    for (const field of this.host.querySelectorAll("[aria-invalid]")) ["aria-invalid", "aria-describedby"].forEach((name) => field.removeAttribute(name));
    list.replaceChildren(...mine.filter((one) => !this.tellAt(one)).map((one) => h("li", {}, dot(one), `${one.sentence}${one.remedy}`)));
  }

  tellAt(found) {
    const field = this.field(this.told.fields[found.rule]) ?? this.host.querySelector(`#p-${this.told.fields[found.rule]}`);
    if (!field) return false;
    const said = h("p", { className: "err", id: `p-e-${found.number}` }, dot(found), `${found.sentence}${found.remedy}`);
    (field.closest(".two") ?? field.closest(".field, .checks") ?? field).append(said);
    if (field.name) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", said.id);
    }
    return true;
  }

  // ---- inside
  field(name) {
    return name ? this.host.querySelector(`[name="${name}"]`) : null;
  }

  set(element, properties) {
    const bo = getBusinessObject(element);
    if (Object.entries(properties).every(([name, value]) => bo.get(name) === value)) return;
    this.modeler.get("modeling").updateProperties(element, properties);
  }

  change(element, part, properties) {
    this.modeler.get("modeling").updateModdleProperties(element, part, properties);
  }
}

// the outcomes that a condition asks for; null where it asks for something else too
function askedFor(text) {
  if (!text) return [];
  const inner = /^\$\{(.*)\}$/s.exec(text.trim())?.[1];
  const parts = inner?.split("||").map((part) => /^\s*outcome\s*==\s*'([a-z_]+)'\s*$/.exec(part)?.[1]);
  return parts?.every(Boolean) ? parts : null;
}

// which fields there are and what they offer, whatever is in them
const outline = (host) => [...host.querySelectorAll("[name], h3, legend, li label, option")].map((one) => one.name ?? one.value + one.textContent).join("|");

function h(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.flat().filter((child) => child || child === 0));
  return made;
}

const dot = (found) => h("span", { className: `dot sev--${found.mark}` }, String(found.number));
const section = (title, ...inside) => h("section", { className: "sect" }, title && h("h3", {}, title), ...inside);

function input(name, words, value, more = {}) {
  const { help, list, rows, ...rest } = more;
  const field = rows ? h("textarea", { id: `p-${name}`, name, value, rows, ...rest }) : h("input", { type: "text", id: `p-${name}`, name, value, autocomplete: "off", ...rest });
  if (list) field.setAttribute("list", list);
  return h("div", { className: "field" }, h("label", { className: "label", htmlFor: field.id }, words), help && h("span", { className: "help" }, help), field);
}

// a code that is drawn and not offered stays visible: it is what the finding is about
function select(name, words, offered, chosen, none) {
  const options = offered.map((one) => h("option", { value: one.code }, one.name));
  if (none) options.unshift(h("option", { value: "" }, none));
  if (chosen && !offered.some((one) => one.code === chosen)) options.push(h("option", { value: chosen }, `${chosen}（目录里没有）`));
  const field = h("select", { id: `p-${name}`, name }, ...options);
  field.value = chosen ?? "";
  return h("div", { className: "field" }, h("label", { className: "label", htmlFor: field.id }, words), field);
}
