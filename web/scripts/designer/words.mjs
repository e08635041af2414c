// The editor's own words in Chinese. Events are put together from their parts, all else is listed; a test holds that
// nothing which bpmn-js says is left in English.
import WORDS from "./words.json" with { type: "json" };

const TRIGGERS = { Message: "消息", Timer: "定时", Signal: "信号", Error: "差错", Escalation: "上报", Conditional: "条件", Link: "链接", Terminate: "终止", Cancel: "取消", Compensation: "撤销" };
const EVENTS = { start: "开始", end: "结束", boundary: "边界", "intermediate catch": "等待", "intermediate throw": "发出" };
const EVENT = /^(?:(\w+) )?(start|end|boundary|intermediate catch|intermediate throw) event( \(non-interrupting\))?$/i;

export function translate(text, replacements = {}) {
  const said = WORDS[text] ?? event(text) ?? appended(text) ?? text;
  return said.replace(/\{([^}]+)\}/g, (whole, name) => (name in replacements ? replacements[name] : whole));
}

function event(text) {
  const found = EVENT.exec(text);
  if (!found || (found[1] && !TRIGGERS[found[1]])) return undefined;
  return (found[1] ? TRIGGERS[found[1]] : "") + EVENTS[found[2].toLowerCase()] + "事件" + (found[3] ? "（不中断）" : "");
}

function appended(text) {
  const found = /^(?:Append|Create) (.+)$/.exec(text);
  const what = found && event(found[1][0].toUpperCase() + found[1].slice(1));
  return what ? `接${what}` : undefined;
}
