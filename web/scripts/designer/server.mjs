// What the page asks the server: always the whole drawing, always answered by a piece of page or by what is wrong.
const token = () => document.querySelector("input[name=csrf_token]").value;

export class Refused extends Error {
  constructor(status, html) {
    super(html);
    this.status = status;
  }
}

async function ask(address, body, headers, signal) {
  let answer;
  try {
    answer = await fetch(address, { method: "POST", body, signal, headers: { "X-CSRFToken": token(), "HX-Request": "true", ...headers } });
  } catch (failed) {
    if (failed.name === "AbortError") throw failed;
    throw new Refused(0, "<p>连不上服务器。画的没有丢，网络恢复后会接着检查。</p>");
  }
  if (answer.redirected) throw new Refused(401, '<p>登录已经结束。画的保存在这台电脑上；<a href="/sign-in" target="_blank" rel="noopener">重新登录</a>后接着做。</p>');
  if (!answer.ok) throw new Refused(answer.status, await answer.text());
  return answer;
}

export const post = (address, told, signal) => ask(address, JSON.stringify(told), { "Content-Type": "application/json" }, signal);
export const send = (address, form) => ask(address, form, {});
