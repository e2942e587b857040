// What the agent reads beside the ticket. Whatever comes from the service or the ticket becomes text, never markup.

import { make, unseen } from "./elements.js";
import { evidenceOf } from "./evidence.js";
import { uncheckedText } from "./texts.js";

/**
 * Shows an answer in `root`, and what the agent can do about it.
 *
 * `on.override`, `on.wrong` and `on.secondLook` get (finding, reason) and resolve to {state}, or reject with a message;
 * `on.insert` gets the text of an answer. Those left out have no button. `draft` is the text that the evidence stands
 * in. `quiet` is for drafts that are still being written. `approvers` are the groups who take second looks.
 *
 * Returns `say(text)`, which changes the line at the top, `settle(id, {state, by})`, which tells how a second look
 * ended and returns what it says, and `isBusy()`: whether the agent is writing a reason or waits for a colleague.
 */
export function renderPanel(root, { answer, texts, on = {}, draft = "", quiet = false, approvers = [] }) {
  const top = topOf(root);
  const body = make("div", {});
  const cards = new Map();
  const say = (text, look) => tell(top, text, look);
  const onSettled = () => sumUp([...cards.values()].map((card) => card.state()), texts, say);
  const shown = { texts, on, draft, quiet, onSettled, group: [approvers].flat().join(", ") };
  answer.findings.forEach((finding) => cards.set(finding.id, cardOf(finding, shown)));
  body.append(...[...cards.values()].map((card) => card.node), ...answersOf(answer.answers, on, texts, say));
  root.replaceChildren(top, body);
  say(headline(answer, texts, quiet), lookOf(answer, quiet));
  onSettled();
  return {
    say,
    settle: (id, told) => cards.get(id)?.settle(told),
    isBusy: () => [...cards.values()].some((card) => card.isBusy()),
  };
}

/** A single calm line, and nothing else. */
export function renderLine(root, text) {
  const top = topOf(root);
  root.replaceChildren(top);
  tell(top, text, "allow");
}

/** The line at the top. It stays in the page, because only then do screen readers tell that it changed. */
function topOf(root) {
  return root.querySelector(":scope > .top") ?? make("p", { class: "top", role: "status" });
}

function tell(top, text, look) {
  if (look) top.className = `top ${look}`;
  setText(top, text);
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** What to do next, once the agent has done something about each finding. */
function sumUp(states, texts, say) {
  if (!states.length || states.includes("")) return;
  if (states.includes("asked")) say(texts.waiting, "warn");
  else say(texts.again, "allow");
}

function lookOf(answer, quiet) {
  if (!answer.checked) return "unchecked";
  return quiet && answer.verdict !== "allow" ? "warn" : answer.verdict;
}

function headline(answer, texts, quiet) {
  if (!answer.checked) return uncheckedText(answer, texts);
  if (quiet) return answer.verdict === "allow" ? texts.live_allow : texts.live_found;
  return texts[answer.verdict];
}

function cardOf(finding, { texts, on, draft, quiet, onSettled, group }) {
  const room = make("div", {});
  const node = make(
    "article",
    { class: `finding ${finding.mode === "block" ? "block" : "warn"}`, "aria-label": finding.title },
    make("h2", {}, finding.title),
    finding.explanation && make("p", {}, finding.explanation),
    ...evidenceOf(finding, draft, texts),
    finding.advice && make("p", {}, make("strong", {}, texts.helps), " ", finding.advice),
    finding.why && make("details", {}, make("summary", {}, texts.why), make("p", {}, finding.why)),
    room,
  );
  let now = "";
  const show = ({ state, by }) => {
    now = state;
    const names = { by: by || texts.colleague, group: group || texts.colleague };
    const told = (texts.states[state] ?? "").replace(/\{(by|group)\}/g, (_, name) => names[name]);
    room.replaceChildren(make("p", { class: "told", tabindex: "-1" }, told));
    return told;
  };
  const settle = (told) => {
    const line = show(told);
    onSettled();
    return line;
  };
  if (finding.second_look === "asked") show({ state: "asked" });
  else if (!quiet) offer({ finding, texts, room, settle }, waysOf(finding, on));
  return { node, settle, state: () => now, isBusy: () => now === "asked" || Boolean(room.querySelector("form")) };
}

/** What the agent can do about a finding, the most usual first. */
function waysOf(finding, on) {
  const isStrict = finding.mode === "block" || finding.needs_second_look;
  return [
    finding.may_override && { name: "override", act: on.override },
    isStrict && { name: "second_look", act: on.secondLook },
    { name: "wrong", act: on.wrong },
  ].filter((way) => way?.act);
}

function offer(doing, ways, focused) {
  const { room, texts } = doing;
  const buttons = ways.map((way) => {
    const button = make("button", { type: "button" }, texts.ways[way.name]);
    button.addEventListener("click", () => askWhy(doing, ways, way));
    return button;
  });
  room.replaceChildren(make("div", { class: "ways" }, ...buttons));
  if (focused) buttons[ways.indexOf(focused)].focus();
}

function askWhy(doing, ways, way) {
  const { finding, room, settle, texts } = doing;
  const id = `reason-${finding.id}`;
  const field = make("textarea", { id, rows: "3", maxlength: "1000", required: "", "aria-describedby": `${id}-told` });
  const told = make("p", { id: `${id}-told`, class: "problem", role: "alert" });
  const done = make("button", { type: "submit", class: "main" }, texts.ways_done[way.name]);
  const back = make("button", { type: "button" }, texts.back);
  const form = make("form", { novalidate: "" }, make("label", { for: id }, texts.reasons_for[way.name]), field, told);
  form.append(make("div", { class: "ways" }, done, back));
  back.addEventListener("click", () => offer(doing, ways, way));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const reason = field.value.trim();
    setText(told, reason ? "" : texts.reason_missing);
    if (!reason) return field.focus();
    done.disabled = true;
    try {
      settle(await way.act(finding, reason));
      room.firstChild.focus();
    } catch (error) {
      done.disabled = false;
      setText(told, error?.message || texts.not_sent);
    }
  });
  room.replaceChildren(form);
  field.focus();
}

function answersOf(answers, on, texts, say) {
  if (!answers.length || !on.insert) return [];
  const items = answers.map((one) => {
    const button = make("button", { type: "button" }, texts.insert, unseen(`: ${one.title ?? ""}`));
    button.addEventListener("click", async () => {
      await on.insert(String(one.text ?? ""));
      say(texts.inserted);
    });
    const words = make("p", { class: "words" }, one.text);
    return make("article", { class: "answer" }, make("h3", {}, one.title), words, button);
  });
  return [make("section", {}, make("h2", {}, texts.answers), ...items)];
}
