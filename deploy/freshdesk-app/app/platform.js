// Freshdesk's client, without its surprises: what it rejects, leaves out or never answers.

import { inTime } from "./shared/gate.js";

const READ_MS = 500;
const LONGEST_TITLE = 30;
const LONGEST_MESSAGE = 100;

/** Asks the service by one of the templates in config/requests.json: {status, body}, status 0 if nobody answered. */
export async function call(client, template, { context = {}, body } = {}) {
  const options = body === undefined ? { context } : { context, body: JSON.stringify(body) };
  try {
    const got = await client.request.invokeTemplate(template, options);
    return { status: got.status, body: got.response };
  } catch (refused) {
    return { status: Number(refused?.status) || 0, body: String(refused?.response ?? "") };
  }
}

/** What Freshdesk's page answers; {} if it fails, or does not in half a second. */
export async function soon(ask) {
  return (await inTime(Promise.resolve().then(ask), READ_MS, null)) ?? {};
}

/** What Freshdesk tells of an object, e.g. "ticket"; {} if it does not. */
export async function read(client, name) {
  return (await soon(() => client.data.get(name)))[name] ?? {};
}

/** The two answers of an intercepted event. Only the first one given reaches Freshdesk. */
export function answering(helper) {
  let isOpen = true;
  const once = (answer) => (message) => {
    if (!isOpen) return;
    isOpen = false;
    answer(message);
  };
  return { done: once(() => helper.done()), fail: once((message) => helper.fail(cut(message, LONGEST_MESSAGE))) };
}

/** What another page of the app sent. Freshdesk's documents wrap it once or twice. */
export function messageOf(event) {
  const { message } = event.helper.getData();
  return message?.message ?? message ?? {};
}

/** A notice in Freshdesk's corner. */
export function notify(client, type, title, message) {
  const told = { type, title: cut(title, LONGEST_TITLE), message: cut(message, LONGEST_MESSAGE) };
  return trigger(client, "showNotify", told);
}

/** Whether Freshdesk did what was asked. */
export async function trigger(client, method, options) {
  try {
    await client.interface.trigger(method, options);
    return true;
  } catch {
    return false;
  }
}

function cut(text, most) {
  const letters = Array.from(text);
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}
