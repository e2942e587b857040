// Asks the gate before a ticket is saved, and shows beside it what was found.
//
// Zendesk keeps a save waiting until the hook answers, and lets it go if an async hook returns anything at all: so the
// hook throws to stop a save, has its own timer, and answers once.

import { askOnce, inTime, mustAsk, stateFrom, uncheckedOf, waitOf, watch } from "./gate.js";
import { renderLine, renderPanel } from "./panel.js";
import { planOf } from "./plan.js";
import { gateOf } from "./service.js";
import { stoppedText, textsFor } from "./texts.js";
import { bodyOf, kindsOf, look, unseen } from "./ticket.js";

const LONGEST_LOOK_MS = 1000;
const TYPING_PAUSE_MS = 1500;
const AGAIN_MS = 60 * 1000;
// Whoever submits again sooner has clicked twice, and read nothing.
const SHORTEST_READ_MS = 1000;

const root = document.getElementById("panel");
const client = window.ZAFClient.init();
const gate = gateOf(client, client.metadata().then(({ settings }) => settings));
const plan = planOf(gate, (reason) => visit.panel ?? renderLine(root, texts.reasons[reason]));

let texts = textsFor(navigator.language);
let visit = newVisit();
let beginning = Promise.resolve();

client.on("ticket.save", async () => {
  const problem = await checkSave(visit);
  if (problem) throw new Error(problem);
});
client.on("ticket.submit.done", () => saved(visit));
client.on("comment.text.changed", () => typed(visit));
client.on("comment.type.changed", () => typed(visit));
client.on("app.activated", begin);
client.on("colorScheme.changed", colour);
new ResizeObserver(resize).observe(root);
renderLine(root, texts.idle);
begin();

/** All that is known of one ticket while it is open; of the next one nothing of it is kept. */
function newVisit() {
  const known = { ticket: undefined, before: null, answer: null, panel: null, told: [], toldAt: 0 };
  return { ...known, isBegun: false, saves: 0, looks: 0, typing: 0, watches: [] };
}

/** Zendesk may tell that the app is in front more than once: one after the other. */
function begin() {
  beginning = beginning.then(activated, activated);
}

/** Begins anew if another ticket is shown than before. */
async function activated() {
  const seen = await lookAt(visit);
  if (visit.isBegun && seen.ticket.id === visit.ticket) return plan.renew();
  leave(visit);
  if (visit.isBegun) visit = newVisit();
  Object.assign(visit, { isBegun: true, ticket: seen.ticket.id, before: seen.now });
  texts = textsFor(seen.locale ?? navigator.language);
  document.documentElement.lang = texts.language;
  colour(seen.colours);
  if (!visit.panel) renderLine(root, texts.idle);
  checkQuietly(visit);
}

/** From here on the ticket is compared with how it stands now; what stopped an earlier save is over. */
async function saved(mine) {
  const seen = await lookAt({ ...mine, before: null });
  if (mine !== visit) return;
  mine.before = seen.now ?? mine.before;
  if (!mine.answer || mine.answer.verdict === "allow") return;
  leave(mine);
  mine.answer = mine.panel = null;
  renderLine(root, texts.idle);
}

function leave(mine) {
  clearTimeout(mine.typing);
  mine.watches.splice(0).forEach((stop) => stop());
}

function lookAt(mine) {
  const looked = Promise.resolve().then(() => look(client, mine.before));
  return inTime(looked, LONGEST_LOOK_MS, unseen(mine.ticket));
}

/** Null to let the save go; else what Zendesk is to tell the agent. Never rejects, and settles in the plan's time. */
async function checkSave(mine) {
  const begun = Date.now();
  const until = begun + waitOf(plan.now());
  const save = (mine.saves += 1);
  clearTimeout(mine.typing);
  const seen = await lookAt(mine);
  const kinds = kindsOf(seen);
  if (!mustAsk(plan.now(), kinds)) return null;
  const unchecked = uncheckedOf(plan.now(), kinds);
  const answer = await askOnce({ send: gate.ask, body: bodyOf(seen), timeoutMs: until - Date.now(), unchecked });
  if (!answer.checked) report(seen.ticket.id, answer);
  if (mine === visit && save === mine.saves) showSafely(mine, seen, answer);
  return answer.verdict === "allow" || isMeant(mine, seen, answer, begun) ? null : stoppedText(answer, texts);
}

/**
 * Whether the first message of a ticket is submitted again although all that was found in it has been told. Before there
 * is a ticket, nothing could keep a reason.
 */
function isMeant(mine, { ticket }, { checked, findings }, begun) {
  const now = findings.map((finding) => finding.policy);
  if (!now.every((policy) => mine.told.includes(policy))) Object.assign(mine, { told: now, toldAt: Date.now() });
  return !ticket.id && checked && mayPass(findings) && begun - mine.toldAt >= SHORTEST_READ_MS;
}

function mayPass(findings) {
  return findings.length > 0 && findings.every((finding) => finding.may_override);
}

/** Tells the gate that we had to decide alone, and again later if it does not hear. No save waits for it. */
async function report(ticket, { reason, verdict }, tries = 3) {
  const told = { ticket, reason, outcome: verdict === "allow" ? "allowed" : "blocked" };
  const { status } = await gate.say("unchecked", told).catch(() => ({ status: 0 }));
  if (status !== 204 && tries > 1) setTimeout(() => report(ticket, { reason, verdict }, tries - 1), AGAIN_MS);
}

function typed(mine) {
  clearTimeout(mine.typing);
  mine.typing = setTimeout(() => checkQuietly(mine), TYPING_PAUSE_MS);
}

/** Judges what is written so far, without recording or stopping anything. */
async function checkQuietly(mine) {
  await plan.renew();
  if (!plan.now() || !mustAsk(plan.now(), ["public_reply"])) return;
  const [saves, looks] = [mine.saves, (mine.looks += 1)];
  const seen = await lookAt(mine);
  if (!seen.draft.seen || seen.draft.kind === "internal_note") return;
  const body = bodyOf(seen, true);
  const answer = await askOnce({ send: gate.ask, body, timeoutMs: waitOf(plan.now()), unchecked: "allow" });
  const isStale = mine !== visit || looks !== mine.looks || saves !== mine.saves;
  if (isStale || !answer.checked || mine.panel?.isBusy()) return;
  if (mine.panel && isHeld(mine.answer)) {
    // What stopped the save stays in view, with what the agent can do about it.
    const { verdict } = mine.answer;
    return answer.verdict === "allow" ? mine.panel.say(texts.mended, "allow") : mine.panel.say(texts[verdict], verdict);
  }
  render(mine, seen, answer, { quiet: true, on: { insert } });
}

function isHeld(answer) {
  return Boolean(answer?.checked) && answer.verdict !== "allow";
}

/** What is shown never decides about a save. */
function showSafely(mine, seen, answer) {
  try {
    show(mine, seen, answer);
  } catch (error) {
    console.error("Ombuds could not show an answer.", error);
  }
}

function show(mine, seen, answer) {
  mine.answer = answer;
  const tell = (what) => async (finding, reason) => {
    const got = await gate.say(what, { ticket: seen.ticket.id, finding: finding.id, reason, agent: seen.agent });
    const told = stateFrom(got);
    if (told.state === "asked") awaitColleague(mine, finding, seen.ticket.id);
    return told;
  };
  const isNew = !seen.ticket.id && answer.findings.length > 0;
  const on = { override: tell("override"), wrong: tell("wrong"), secondLook: tell("second-look"), insert };
  const hint = mayPass(answer.findings) ? texts.new_again : texts.new_mend;
  render(mine, seen, answer, isNew ? { on: { insert }, hint } : { on });
  const asked = answer.findings.filter((finding) => finding.second_look === "asked");
  asked.forEach((finding) => awaitColleague(mine, finding, seen.ticket.id));
}

function render(mine, { words }, answer, how) {
  leave(mine);
  mine.panel = renderPanel(root, { answer, texts, draft: words, approvers: plan.now()?.approvers, ...how });
}

/** As long as this ticket is open. Zendesk tells it too, since the agent may be looking elsewhere. */
function awaitColleague(mine, finding, ticket) {
  const onState = (told) => {
    const line = mine.panel.settle(finding.id, told);
    client.invoke("notify", `${finding.title}: ${line}`, "notice");
  };
  mine.watches.push(watch({ read: () => gate.finding(finding.id, ticket), onState }));
}

/** Appends to the draft as text: the editor takes it for what it is, whatever it holds. */
function insert(text) {
  return client.invoke("comment.appendText", text);
}

/** Agents choose light or dark in Zendesk, whatever their system has. */
function colour(scheme) {
  document.documentElement.style.colorScheme = scheme === "dark" || scheme === "light" ? scheme : "";
}

function resize() {
  const height = Math.min(Math.max(document.body.scrollHeight, 60), 720);
  client.invoke("resize", { width: "100%", height: `${height}px` });
}
