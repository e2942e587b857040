// What became of a change, told to whom it concerns: Freshdesk, the agent, the service.

import { notify, read, trigger } from "./platform.js";
import { passedOf, stateText, textsFor, uncheckedText } from "./shared/texts.js";

const NAME = "Ombuds";

/** The line Freshdesk shows where a change is held. */
export function heldLine({ verdict, checked, locale }) {
  const texts = textsFor(locale);
  return checked ? texts[verdict] : texts.unchecked_block;
}

/** Tells the agent why, and the service what was decided without it. */
export async function tell({ client, owed }, outcome) {
  if (!outcome.checked) owed.add(decisionOf(outcome));
  if (outcome.verdict !== "allow" && outcome.findings.length) await show(client, outcome);
  else if (!outcome.checked && outcome.draft.seen) await explain(client, outcome);
  for (const line of passedOf(outcome, textsFor(outcome.locale))) await notify(client, "info", NAME, line);
  await owed.pay();
}

function decisionOf({ ticket, reason, verdict }) {
  return { ticket: ticket.id, reason, outcome: verdict === "block" ? "blocked" : "allowed" };
}

/** Opens the window with the findings, or a line where that cannot be. */
async function show(client, outcome) {
  if (await openWindow(client, outcome)) return;
  await notify(client, "warning", `${NAME} #${outcome.ticket.id}`, `${heldLine(outcome)} ${outcome.findings[0].title}`);
}

/** Opens the window with what there is to tell; false where it cannot, since another ticket may be in front by now. */
export async function openWindow(client, outcome) {
  const inFront = String((await read(client, "ticket")).id ?? outcome.ticket.id);
  const modal = { title: NAME, template: "modal.html", data: outcome };
  return inFront === outcome.ticket.id && trigger(client, "showModal", modal);
}

/** One line on why nobody judged it; where it was held, Freshdesk itself shows the line that says so. */
async function explain(client, { verdict, reason, locale }) {
  const texts = textsFor(locale);
  const line = verdict === "allow" ? uncheckedText({ verdict, reason }, texts) : texts.reasons[reason];
  if (line) await notify(client, "warning", NAME, line);
}

/** Tells that a colleague has answered. */
export function tellAnswer(client, { ticket, told, locale }) {
  const texts = textsFor(locale);
  const line = stateText(told, texts);
  return line && notify(client, "success", `${NAME} #${ticket}`, `${line} ${texts.again}`);
}
