// What the agent reads beside the ticket. Whatever comes from the service or the ticket becomes text, never markup.

const AROUND = 60;
const MOST_EVIDENCE = 5;

/**
 * Shows an answer in `root`, and what the agent can do about it.
 *
 * `on.override`, `on.wrong` and `on.secondLook` get (finding, reason) and resolve to {state}, or reject with a message;
 * `on.insert` gets the text of an answer. Those left out have no button. `draft` is the text that the evidence stands
 * in. `quiet` is for drafts that are still being written.
 *
 * Returns `say(text)`, which changes the line at the top, `settle(id, {state, by})`, which tells how a second look
 * ended, and `isBusy()`: whether the agent is writing a reason or waits for a colleague.
 */
export function renderPanel(root, { answer, texts, on = {}, draft = "", quiet = false, approvers = [] }) {
  const top = topOf(root);
  const body = make("div", { class: "findings" });
  const shown = { texts, on, draft, approvers, say: (text) => setText(top, text) };
  const cards = new Map(answer.findings.map((finding) => [finding.id, cardOf(finding, { ...shown, quiet })]));
  body.append(...[...cards.values()].map((card) => card.node), ...answersOf(answer.answers, shown));
  top.className = `top ${stateOf(answer, quiet)}`;
  root.replaceChildren(top, body);
  setText(top, headline(answer, texts, quiet));
  return {
    say: shown.say,
    settle: (id, told) => cards.get(id)?.settle(told),
    isBusy: () => [...cards.values()].some((card) => card.isBusy()),
  };
}

/** A single calm line, and nothing else. */
export function renderLine(root, text) {
  const top = topOf(root);
  top.className = "top allow";
  root.replaceChildren(top);
  setText(top, text);
}

/** The line at the top. It stays in the page, because only then do screen readers tell that it changed. */
function topOf(root) {
  return root.querySelector(":scope > .top") ?? make("p", { class: "top", role: "status", "aria-live": "polite" });
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function stateOf(answer, quiet) {
  if (!answer.checked) return "unchecked";
  return quiet && answer.verdict !== "allow" ? "warn" : answer.verdict;
}

function headline(answer, texts, quiet) {
  if (!answer.checked) return `${texts[`unchecked_${answer.verdict}`]} ${texts.reasons[answer.reason] ?? ""}`.trim();
  if (quiet) return answer.verdict === "allow" ? texts.live_allow : texts.live_found;
  return texts[answer.verdict];
}

function cardOf(finding, { texts, on, draft, approvers, say, quiet }) {
  const title = make("h2", {}, finding.title);
  const room = make("div", { class: "room" });
  const node = make(
    "article",
    { class: `finding ${finding.mode === "block" ? "block" : "warn"}` },
    title,
    finding.explanation && make("p", {}, finding.explanation),
    ...evidenceOf(finding, draft, texts),
    finding.advice && make("p", { class: "advice" }, make("strong", {}, `${texts.helps} `), finding.advice),
    finding.why && make("details", {}, make("summary", {}, texts.why), make("p", {}, finding.why)),
    room,
  );
  let isWaiting = false;
  const settle = ({ state, by }) => {
    isWaiting = state === "asked";
    const told = texts.states[state]?.replace("{by}", by || texts.colleague);
    const line = make("p", { class: "told", tabindex: "-1" }, told?.replace("{group}", approvers.join(", ") || texts.colleague));
    room.replaceChildren(line);
    say(line.textContent);
    return line;
  };
  const doing = { finding, texts, room, settle };
  if (finding.second_look === "asked") settle({ state: "asked" });
  else if (!quiet) offer(doing, waysOf(finding, on));
  return { node, settle, isBusy: () => isWaiting || Boolean(room.querySelector("form")) };
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
      settle(await way.act(finding, reason)).focus();
    } catch (error) {
      done.disabled = false;
      setText(told, error?.message || texts.not_sent);
    }
  });
  room.replaceChildren(form);
  field.focus();
}

/** The places in the draft, each marked, with a little of what stands around it. */
function evidenceOf(finding, draft, texts) {
  const letters = Array.from(draft);
  const places = Array.isArray(finding.evidence) ? finding.evidence.filter((place) => place?.text) : [];
  return places.slice(0, MOST_EVIDENCE).map((place) => {
    const [before, after] = around(place, letters);
    const mark = make("mark", {}, unseen(texts.mark_begins), place.text, unseen(texts.mark_ends));
    return make("blockquote", {}, before, mark, after);
  });
}

/** The words before and after, if the place is where it says. Offsets count characters, not JavaScript's halves. */
function around({ text, start, end }, letters) {
  if (!Number.isInteger(start) || letters.slice(start, end).join("") !== text) return ["", ""];
  const from = Math.max(0, start - AROUND);
  const to = Math.min(letters.length, end + AROUND);
  const [before, after] = [letters.slice(from, start).join(""), letters.slice(end, to).join("")];
  return [from ? `…${before.replace(/^\S*\s/, "")}` : before, to < letters.length ? `${after.replace(/\s\S*$/, "")}…` : after];
}

function answersOf(answers, { on, texts, say }) {
  if (!answers.length || !on.insert) return [];
  const items = answers.map((one) => {
    const button = make("button", { type: "button" }, texts.insert, unseen(`: ${one.title ?? ""}`));
    button.addEventListener("click", async () => {
      await on.insert(String(one.text ?? ""));
      say(texts.inserted);
    });
    return make("article", { class: "answer" }, make("h3", {}, one.title), make("p", { class: "words" }, one.text), button);
  });
  return [make("section", { class: "answers" }, make("h2", {}, texts.answers), ...items)];
}

function unseen(text) {
  return make("span", { class: "unseen" }, text);
}

function make(tag, attributes, ...inside) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...inside.filter((one) => one != null && one !== false && one !== "").map((one) => (one instanceof Node ? one : String(one))));
  return node;
}
