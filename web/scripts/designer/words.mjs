// The editor's own words in Chinese. Events are put together from their parts, all else is listed; a test holds that
// nothing which bpmn-js says is left in English.
const TRIGGERS = { Message: "消息", Timer: "定时", Signal: "信号", Error: "差错", Escalation: "上报", Conditional: "条件", Link: "链接", Terminate: "终止", Cancel: "取消", Compensation: "撤销" };
const EVENTS = { start: "开始", end: "结束", boundary: "边界", "intermediate catch": "等待", "intermediate throw": "发出" };
const EVENT = /^(?:(\w+) )?(start|end|boundary|intermediate catch|intermediate throw) event( \(non-interrupting\))?$/i;

const WORDS = {
  "Activate create/remove space tool": "腾挪空间", "Activate global connect tool": "连线", "Activate hand tool": "移动画布", "Activate lasso tool": "框选",
  "Add lane above": "在上面加泳道", "Add lane below": "在下面加泳道", "Add text annotation": "加注释", "Align elements": "对齐", "Align elements ": "对齐：",
  "Align elements left": "左对齐", "Align elements center": "左右居中", "Align elements right": "右对齐", "Align elements top": "上对齐", "Align elements middle": "上下居中", "Align elements bottom": "下对齐",
  left: "左", center: "左右居中", right: "右", top: "上", middle: "上下居中", bottom: "下",
  "Append compensation activity": "接撤销活动", "Append gateway": "接网关", "Append intermediate/boundary event": "接中间事件", "Append task": "接步骤", "Append receive task": "接接收任务",
  "Change element": "换成别的图元", "Connect to other element": "连到别的图元", "Connect using association": "用关联线连接", "Connect using data input association": "用数据关联连接",
  "Create data object reference": "数据对象", "Create data store reference": "数据存储", "Create end event": "结束事件", "Create expanded sub-process": "子流程", "Create gateway": "网关", "Create group": "分组",
  "Create intermediate/boundary event": "中间事件", "Create pool/participant": "泳池", "Create start event": "开始事件", "Create task": "步骤",
  Delete: "删去", "Distribute elements horizontally": "横向等距", "Distribute elements vertically": "纵向等距", "Divide into two lanes": "分成两条泳道", "Divide into three lanes": "分成三条泳道",
  Collection: "集合", Loop: "循环", "Parallel multi-instance": "并行多实例", "Sequential multi-instance": "依次多实例", "Participant multiplicity": "多个参与方", "Toggle non-interrupting": "中断或不中断",
  "Open {element}": "打开 {element}", "Search in diagram": "在图中查找", "{shortcut}": "{shortcut}",
  Task: "任务", "User task": "用户任务", "Manual task": "手工任务", "Script task": "脚本任务", "Service task": "服务任务", "Send task": "发送任务", "Receive task": "接收任务", "Business rule task": "规则任务",
  "Call activity": "调用活动", "Sub-process": "子流程", "Sub-process (collapsed)": "子流程（收起）", "Sub-process (expanded)": "子流程（展开）", "Event sub-process": "事件子流程", Transaction: "事务子流程",
  "Ad-hoc sub-process": "自选子流程", "Ad-hoc sub-process (collapsed)": "自选子流程（收起）", "Ad-hoc sub-process (expanded)": "自选子流程（展开）",
  "Exclusive gateway": "排他网关", "Parallel gateway": "并行网关", "Inclusive gateway": "包容网关", "Complex gateway": "复杂网关", "Event-based gateway": "事件网关",
  "Event based instantiating Gateway": "事件启动网关", "Parallel Event based instantiating Gateway": "并行事件启动网关",
  "Sequence flow": "连线", "Default flow": "默认走向", "Conditional flow": "条件连线", "Data object reference": "数据对象", "Data store reference": "数据存储",
  "Empty pool/participant": "泳池（收起）", "Expanded pool/participant": "泳池（展开）", "Append {type}": "接{type}", "Create {type}": "{type}",
};

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
