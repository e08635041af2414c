// Our attributes for bpmn-moddle, as the reader reads them: engine/diagrams/reader/steps.py. What is not listed here, ours
// or another tool's, passes through bpmn-moddle untouched.
const attribute = (name) => ({ name, isAttr: true, type: "String" });

export default {
  name: "Lianshen",
  uri: "urn:lianshen:bpmn:1",
  prefix: "ls",
  xml: { tagAlias: "lowerCase" },
  types: [
    { name: "Step", extends: ["bpmn:Task"], properties: ["kind", "department", "window", "limit", "form", "ground", "place", "call", "sends", "returns"].map(attribute) },
    { name: "Outcome", superClass: ["Element"], properties: ["code", "label"].map(attribute) },
  ],
};
