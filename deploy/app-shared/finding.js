// One finding as a card: what was seen, what helps, and what the agent says to it.

import { make, setText } from "./elements.js";
import { evidenceOf } from "./evidence.js";
import { stateText } from "./texts.js";

/**
 * `node` to show, `settle({state, by, reason})` to tell how it ended, `state()`, `ways()` that are still open, and `isBusy()`.
 * `others(name)` gives the cards for which the same could be said at once.
 */
export function cardOf(finding, { texts, on, draft, quiet, group, others, onSettled }) {
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
  const show = (how) => {
    const { state, reason } = how;
    const left = state === "wrong" && needsColleague(finding) ? ways.filter((way) => way.name === "second_look") : [];
    now = left.length ? "" : state;
    const told = stateText(how, texts, group);
    offer({ card, room, texts, others }, left);
    room.prepend(make("p", { class: "told", tabindex: "-1" }, told, reason && " ", reason && make("q", {}, reason)));
    return told;
  };
  const settle = (told) => {
    const line = show(told);
    onSettled();
    return line;
  };
  const card = {
    finding,
    node,
    settle,
    state: () => now,
    ways: () => (now ? [] : ways.map((way) => way.name)),
    isBusy: () => now === "asked" || Boolean(room.querySelector("form")),
  };
  const ways = quiet ? [] : waysOf(finding, on);
  if (finding.second_look === "asked") show({ state: "asked" });
  else offer({ card, room, texts, others }, ways);
  return card;
}

/** Whether the agent's own word does not let it pass, so that calling it wrong is noted and leaves it where it is. */
function needsColleague(finding) {
  return finding.mode === "block" && !finding.may_override;
}

/** What the agent can say to a finding, the most usual first. */
function waysOf(finding, on) {
  return [
    finding.may_override && { name: "override", act: on.override },
    (finding.mode === "block" || finding.needs_second_look) && { name: "second_look", act: on.secondLook },
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
  room.replaceChildren(...(buttons.length ? [make("div", { class: "ways" }, ...buttons)] : []));
  if (focused) buttons[ways.indexOf(focused)].focus();
}

function askWhy(doing, ways, way) {
  const { card, room, texts, others } = doing;
  const id = `reason-${card.finding.id}`;
  const field = make("textarea", { id, rows: "3", maxlength: "1000", required: "", "aria-describedby": `${id}-told` });
  const told = make("p", { id: `${id}-told`, class: "problem", role: "alert" });
  const too = tooFor(others(way.name).length, way, texts);
  const done = make("button", { type: "submit", class: "main" }, texts.ways_done[way.name]);
  const back = make("button", { type: "button" }, texts.back);
  const buttons = make("div", { class: "ways" }, done, back);
  const label = make("label", { for: id }, texts.reasons_for[way.name]);
  const form = make("form", { novalidate: "" }, label, field, told, too.node, buttons);
  back.addEventListener("click", () => offer(doing, ways, way));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const reason = field.value.trim();
    setText(told, reason ? "" : texts.reason_missing);
    if (!reason) return field.focus();
    done.disabled = true;
    try {
      // This one comes last: what goes wrong with another is told here, and can be tried again.
      for (const one of [...(too.isWanted() ? others(way.name) : []), card]) {
        one.settle(await way.act(one.finding, reason));
      }
      room.firstChild.focus();
    } catch (error) {
      done.disabled = false;
      setText(told, error?.message || texts.not_sent);
    }
  });
  room.replaceChildren(form);
  field.focus();
}

/** A tick for saying the same to the others: who is in a hurry gives one reason, once. A wrong flag is wrong alone. */
function tooFor(count, way, texts) {
  if (!count) return { node: null, isWanted: () => false };
  const box = make("input", { type: "checkbox" });
  box.checked = way.name !== "wrong";
  const node = make("label", { class: "too" }, box, " ", texts.too.replace("{n}", count));
  return { node, isWanted: () => box.checked };
}
