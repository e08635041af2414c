// What is ours for bpmn-moddle, as the reader reads it: engine/diagrams/reader/steps.py. Attributes that are not listed, ours
// or another tool's, and other tools' elements pass through untouched; an element of ours has to be listed.
const attribute = (name) => ({ name, isAttr: true, type: "String" });

export default {
  name: "Lianshen",
  uri: "urn:lianshen:bpmn:1",
  prefix: "ls",
  xml: { tagAlias: "lowerCase" },
  types: [
    { name: "Step", extends: ["bpmn:Task"], properties: ["kind", "department", "window", "officer", "limit", "form", "ground", "place", "call", "sends", "returns"].map(attribute) },
    { name: "Outcome", superClass: ["Element"], properties: ["code", "label"].map(attribute) },
    { name: "Waiver", superClass: ["Element"], properties: ["rule", "reason", "until"].map(attribute) },
    { name: "Repair", superClass: ["Element"], properties: [...["kind", "confirmed"].map(attribute), { name: "was", isBody: true, type: "String" }] },
  ],
};
