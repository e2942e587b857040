// What the agent reads beside the ticket. Whatever comes from the service or the ticket becomes text, never markup.

import { make, setText, unseen } from "./elements.js";
import { cardOf } from "./finding.js";
import { passedOf, uncheckedText } from "./texts.js";

/**
 * Shows an answer in `root`, and what the agent can do about it.
 *
 * `on.override`, `on.wrong` and `on.secondLook` get (finding, reason) and resolve to {state}, or reject with a message;
 * `on.insert` gets the text of an answer. Those left out have no button. `draft` is the text that the evidence stands
 * in. `quiet` is for drafts that are still being written. `approvers` are the groups who take second looks. `hint` is one
 * more line at the top.
 *
 * Returns `say(text, look)`, which changes the line at the top (`look`: allow, warn or block), `settle(id, {state,
 * by})`, which tells how a second look ended and returns what it says, and `isBusy()`: whether the agent is writing a
 * reason or waits for a colleague.
 */
export function renderPanel(root, { answer, texts, on = {}, draft = "", quiet = false, approvers = [], hint }) {
  const top = topOf(root);
  const body = make("div", {});
  const cards = new Map();
  const say = (text, look) => tell(top, text, look);
  const onSettled = () => sumUp([...cards.values()].map((card) => card.state()), texts, say);
  const shown = { texts, on, draft, quiet, onSettled, group: [approvers].flat().join(", ") };
  for (const finding of answer.findings) {
    const others = (way) => [...cards.values()].filter((card) => card.finding !== finding && card.ways().includes(way));
    cards.set(finding.id, cardOf(finding, { ...shown, others }));
  }
  body.append(
    ...[hint, ...passedOf(answer, texts)].filter(Boolean).map((line) => make("p", {}, line)),
    ...[...cards.values()].map((card) => card.node),
    ...answersOf(answer.answers, on, texts, say),
  );
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

function answersOf(answers, on, texts, say) {
  if (!answers.length || !on.insert) return [];
  const items = answers.map((one) => {
    const button = make("button", { type: "button" }, texts.insert, unseen(`: ${one.title ?? ""}`));
    button.addEventListener("click", async () => {
      const inserted = Promise.resolve().then(() => on.insert(String(one.text ?? "")));
      say(await inserted.then(() => texts.inserted, () => texts.not_sent));
    });
    const words = make("p", { class: "words" }, one.text);
    return make("article", { class: "answer" }, make("h3", {}, one.title), words, button);
  });
  return [make("section", {}, make("h2", {}, texts.answers), ...items)];
}
