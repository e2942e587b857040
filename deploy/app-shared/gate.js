// What the apps of both helpdesks know of the gate. It knows neither of them.

/** The kinds of change that a plan tells apart; "properties" are all but the others. */
export const KINDS = ["public_reply", "internal_note", "solve", "tags", "properties"];

const LONGEST_WAIT_MS = 4000;
const USUAL_WAIT_MS = 3000;
const VERDICTS = ["allow", "warn", "block"];
const REASONS = { 401: "unauthorized", 403: "unauthorized", 429: "rate_limited", 408: "timeout", 504: "timeout" };

/** The plan in an answer of the gate; null if there is none, which means: ask about everything. */
export function planFrom({ status, body }) {
  const plan = status === 200 ? parsed(body) : null;
  return plan && typeof plan.asks === "object" && plan.asks ? plan : null;
}

/** Whether a policy could apply to a change of these kinds. */
export function mustAsk(plan, kinds) {
  return !plan || kinds.some((kind) => plan.asks[kind]?.ask);
}

/** What becomes of a change of these kinds if no answer comes: "allow" or "block". */
export function uncheckedOf(plan, kinds) {
  const asked = kinds.map((kind) => plan?.asks[kind]).filter((one) => one?.ask);
  return asked.some((one) => one.unchecked === "block") ? "block" : "allow";
}

/** How long a change may wait for its answer: what the plan says, and never longer than a person would. */
export function waitOf(plan) {
  const wanted = Number(plan?.timeout_ms);
  return wanted > 0 ? Math.min(wanted, LONGEST_WAIT_MS) : USUAL_WAIT_MS;
}

/**
 * The gate's answer, or our own where none comes in time. Never rejects.
 * `send(body)` resolves to {status, body: string}; status 0 where nobody answered.
 */
export function askOnce({ send, body, timeoutMs, unchecked }) {
  const alone = (reason) => ({
    verdict: unchecked === "block" ? "block" : "allow",
    checked: false,
    reason,
    findings: [],
    answers: [],
  });
  const answered = Promise.resolve()
    .then(() => send(body))
    .then((got) => answerFrom(got, alone))
    .catch(() => alone("down"));
  return inTime(answered, timeoutMs, alone("timeout"));
}

function answerFrom(got, alone) {
  if (got?.status !== 200) return alone(reasonOf(got?.status));
  const answer = parsed(got.body);
  if (!VERDICTS.includes(answer?.verdict)) return alone("unreadable");
  const [findings, answers] = [objects(answer.findings), objects(answer.answers)];
  return { ...answer, checked: answer.checked !== false, findings, answers };
}

/** Why there is no answer, as the gate counts it, from the status of what came instead. */
export function reasonOf(status) {
  return REASONS[status] ?? (status >= 400 && status < 500 ? "refused" : "down");
}

/** What a promise settles to, or `otherwise` where that takes longer or fails. */
export function inTime(promise, ms, otherwise) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, ms), otherwise);
    const settle = (value) => {
      clearTimeout(timer);
      resolve(value);
    };
    promise.then(settle, () => settle(otherwise));
  });
}

/** The state of a finding in the gate's answer to override, wrong or second-look; throws what to tell the agent. */
export function stateFrom({ status, body }) {
  const told = parsed(body);
  if (status === 200 && told) return told;
  throw new Error((status === 409 && told?.message) || "");
}

/** Asks for a finding's state every few seconds until it is settled. Returns what stops it. */
export function watch({ read, onState, everyMs = 5000, longestMs = 60000 }) {
  let timer;
  let pause = everyMs;
  let isStopped = false;
  const look = async () => {
    const told = await Promise.resolve().then(read).then(stateFrom).catch(() => null);
    if (isStopped) return;
    if (told && told.state !== "asked" && told.state !== "open") return onState(told);
    pause = told ? everyMs : Math.min(pause * 2, longestMs);
    timer = setTimeout(look, pause);
  };
  timer = setTimeout(look, pause);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

const BREAKS =
  /<\/?(?:br|p|div|li|ul|ol|tr|table|h[1-6]|pre|section|article|header|footer|hr|blockquote)(?:\s[^<>]*)?\/?>/gi;
const CELL_ENDS = /<\/t[dh]\s*>/gi;
const UNREAD = "script, style, head, title, template, noscript, object, svg, iframe, datalist, [hidden]";
const QUOTED =
  "blockquote, .gmail_quote, .gmail_attr, .freshdesk_quote, .zd_quoted, .moz-cite-prefix, .yahoo_quoted, " +
  ".protonmail_quote";
const [OPENS, CLOSES] = ["\ue000", "\ue001"];

/** The words of HTML as the service reads them (policies/html_text.py): `> ` stands before lines of quoted mails. */
export function plainText(html) {
  // A document of its own that is never shown: nothing in it runs or is fetched, and only its text is taken.
  const broken = html.replace(/\s+/g, " ").replace(CELL_ENDS, " $&").replace(BREAKS, "\n$&");
  const page = new DOMParser().parseFromString(broken, "text/html");
  page.querySelectorAll(UNREAD).forEach((node) => node.remove());
  dropUnseen(page.body, false, false);
  const old = page.querySelector("#divRplyFwdMsg, #appendonsend");
  old?.before(OPENS);
  old?.parentNode.append(CLOSES);
  for (const node of page.querySelectorAll(QUOTED)) {
    node.before(OPENS);
    node.after(CLOSES);
  }
  return linesOf(page.body.textContent);
}

/** What is inside a text without size may have one; what is inside a part that is not displayed is not either. */
function dropUnseen(node, isTiny, isHidden) {
  for (const child of [...node.childNodes]) {
    if (child.nodeType === Node.TEXT_NODE && (isTiny || isHidden)) child.remove();
    if (!child.style) continue;
    const { display, opacity, fontSize, visibility } = child.style;
    if (display === "none" || parseFloat(opacity) === 0) child.remove();
    else {
      dropUnseen(
        child,
        fontSize ? parseFloat(fontSize) === 0 : isTiny,
        visibility ? /^(hidden|collapse)$/.test(visibility) : isHidden,
      );
    }
  }
}

function linesOf(text) {
  const lines = [];
  let depth = 0;
  for (const line of text.replaceAll(OPENS, "\n$&").replaceAll(CLOSES, "$&\n").split("\n")) {
    depth += line.split(OPENS).length - 1;
    const words = line.split(/[\s\ue000\ue001]+/).filter(Boolean).join(" ");
    if (words || lines.at(-1)) lines.push(words && depth ? `> ${words}` : words);
    depth = Math.max(0, depth + 1 - line.split(CLOSES).length);
  }
  return lines.join("\n").trim();
}

function parsed(body) {
  try {
    const value = JSON.parse(body);
    return value && typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

function objects(value) {
  return Array.isArray(value) ? value.filter((one) => one && typeof one === "object") : [];
}
