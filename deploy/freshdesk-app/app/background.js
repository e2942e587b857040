// Stands between the agent's click and Freshdesk: asks the gate, answers the event, and tells why.

import { CHANGES } from "./change.js";
import { heldLine, openWindow, tell, tellAnswer } from "./outcome.js";
import { owedTo } from "./owed.js";
import { keptPlan } from "./plan.js";
import { answering, call, messageOf, read, soon, trigger } from "./platform.js";
import { askOnce, mustAsk, uncheckedOf, waitOf, watch } from "./shared/gate.js";
import { agentOf, idOf, localeOf, ticketOf, usualSender } from "./view.js";

const LOOK_MS = 30 * 1000;
const NO_TICKET = { status: 400, body: "" };
/** A draft that Freshdesk did not show us is for the webhook to judge, after it has left. */
const UNSEEN = { verdict: "allow", checked: false, reason: "unreadable", findings: [], answers: [] };

const NOTHING_YET = { kind: "none", seen: true };

app.initialized().then(guard);

function guard(client) {
  const desk = { client, plan: keptPlan(client), owed: owedTo(client), running: new Map(), watching: new Map() };
  for (const name of Object.keys(CHANGES)) {
    client.events.on(name, (event) => intercept(desk, name, event), { intercept: true });
  }
  client.events.on("ticket.replyClick", () => offerAnswers(desk));
  client.events.on("app.activated", () => forget(desk));
  client.events.on("app.deactivated", () => forget(desk));
  client.instance.receive((event) => hear(desk, messageOf(event), event.helper.getData().senderId));
}

/** Freshdesk keeps this page when the agent goes to another ticket: nothing may come along. */
function forget(desk) {
  desk.isOffered = false;
  desk.running.clear();
  desk.watching.forEach((stop) => stop());
  desk.watching.clear();
}

/** Answers one event. Freshdesk waits for that without end, so whatever goes wrong here lets the agent go on. */
async function intercept(desk, name, event) {
  const answer = answering(event.helper);
  try {
    const change = CHANGES[name](event.helper.getData() ?? {});
    if (!mustAsk(desk.plan(), change.kinds)) return answer.done();
    if (!change.draft.seen) answer.done();
    const { outcome, isFirst } = await decidedOnce(desk, change);
    if (outcome.verdict === "allow") answer.done();
    else answer.fail(heldLine(outcome));
    if (isFirst) await tell(desk, outcome);
  } catch {
    answer.done();
  }
}

/** A double click is one question with one answer. */
async function decidedOnce(desk, change) {
  const key = JSON.stringify(change.draft);
  const running = desk.running.get(key);
  if (running) return { outcome: await running, isFirst: false };
  const deciding = decide(desk, change);
  desk.running.set(key, deciding);
  try {
    return { outcome: await deciding, isFirst: true };
  } finally {
    if (desk.running.get(key) === deciding) desk.running.delete(key);
  }
}

/** The gate's answer, or ours where none comes in time, with what it was about. */
async function decide(desk, { kinds, draft }) {
  const plan = desk.plan();
  const { seen, answer } = await ask(desk.client, draft, { plan, unchecked: uncheckedOf(plan, kinds), live: false });
  return { ...seen, ...(draft.seen ? answer : UNSEEN), approvers: plan?.approvers ?? [] };
}

async function ask(client, draft, { plan, unchecked, live }) {
  const begun = Date.now();
  const seen = await look(client, draft);
  const answer = await askOnce({
    send: (body) => (body.ticket.id ? call(client, "ask", { body }) : NO_TICKET),
    body: { ticket: seen.ticket, draft: seen.draft, agent: seen.agent, live },
    timeoutMs: waitOf(plan) - (Date.now() - begun),
    unchecked,
  });
  return { seen, answer };
}

/**
 * Offers what is declared about the customer's question when the agent begins to reply: once a ticket, and only where
 * something is declared at all, for each question is one of the helpdesk's 50 requests a minute.
 */
async function offerAnswers(desk) {
  const plan = desk.plan();
  if (!plan?.answers || desk.isOffered) return;
  desk.isOffered = true;
  const { seen, answer } = await ask(desk.client, NOTHING_YET, { plan, unchecked: "allow", live: true });
  if (answer.answers.length) await openWindow(desk.client, { ...seen, ...answer, verdict: "allow", findings: [] });
}

/** What the app sees beside the draft, within half a second. */
async function look(client, draft) {
  const [ticket, contact, user, mailboxes] = await Promise.all([
    read(client, "ticket"),
    read(client, "contact"),
    read(client, "loggedInUser"),
    draft.kind === "public_reply" && !draft.sender ? read(client, "email_config") : [],
  ]);
  const sender = draft.sender ?? usualSender(ticket, mailboxes);
  return {
    ticket: draft.seen ? ticketOf(ticket, contact) : { id: idOf(ticket) },
    draft: draft.kind === "public_reply" ? { ...draft, sender } : draft,
    agent: agentOf(user),
    locale: localeOf(user),
  };
}

/** What the window says: a second look to wait for, or an answer to put into the reply. */
function hear(desk, { insert, watch: wanted }, senderId) {
  if (insert) trigger(desk.client, "click", { id: "reply", text: insert });
  if (wanted) wait(desk, wanted, senderId);
}

/** Tells the agent, and the window if it is still open, when a colleague has answered. */
function wait(desk, { ticket, finding, locale }, receiver) {
  desk.watching.get(finding)?.();
  const onState = (told) => {
    desk.watching.delete(finding);
    tellAnswer(desk.client, { ticket, told, locale });
    soon(() => desk.client.instance.send({ message: { finding, told }, receiver: [receiver] }));
  };
  const look = () => call(desk.client, "finding", { context: { finding, ticket } });
  desk.watching.set(finding, watch({ read: look, onState, everyMs: LOOK_MS }));
}
