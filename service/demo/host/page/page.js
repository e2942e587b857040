// The agent view: shows the ticket, holds the app beside it, and asks the app before it saves.

import * as editor from "./editor.js";
import { holdApp } from "./protocol.js";
import { conversationOf, isNew, seenByApps } from "./seen.js";

const REFRESH_MS = 1000;
const GONE = "Nothing was saved: this pretend Zendesk is not running any more. Start it with ombuds demo --gate.";

const part = (id) => document.getElementById(id);
const frame = document.querySelector("iframe");
const dark = matchMedia("(prefers-color-scheme: dark)");
const chosen = new URLSearchParams(location.search);

let desk = await loadDesk();
let isSaving = false;
const app = holdApp(frame, {
  origin: desk.app.origin,
  metadata: { appId: 1, installationId: 2, settings: desk.app.settings },
  context: {
    product: "support",
    account: { subdomain: desk.account },
    ...(isNew(desk) ? { location: "new_ticket_sidebar" } : { location: "ticket_sidebar", ticketId: Number(desk.ticket.id) }),
  },
  page: { get: (path) => seenByApps(desk, editor, colourScheme())[path], set: editor.set, invoke, request },
});
editor.onChange(app.emit);
// For tests and for whoever wonders what the two say to each other.
window.app = app;

const tickets = desk.tickets.map(({ id, subject }) => [id, `#${id} ${subject}`]);
fill(part("ticket"), [...tickets, ["new", "a new ticket …"]], desk.ticket.id);
fill(part("agent"), desk.agents.map(({ id, name, groups }) => [id, `${name} (${groups.join(", ")})`]), desk.agent.id);
fill(part("macro"), [["", "none"], ...desk.macros.map(({ id, title }) => [id, title])], "");
editor.stored(desk.ticket);
showTicket();
frame.src = `${desk.app.origin}/iframe.html?${new URLSearchParams({
  origin: location.origin,
  app_guid: crypto.randomUUID(),
  colorScheme: colourScheme(),
})}`;
setInterval(refresh, REFRESH_MS);

part("ticket").addEventListener("change", goThere);
part("agent").addEventListener("change", goThere);
part("macro").addEventListener("change", () => editor.apply(desk.macros.find(({ id }) => id === part("macro").value)));
part("editor").addEventListener("submit", submit);
dark.addEventListener("change", () => app.emit("colorScheme.changed", colourScheme()));

function colourScheme() {
  return dark.matches ? "dark" : "light";
}

function goThere() {
  openTicket(part("ticket").value);
}

function openTicket(ticket) {
  location.search = new URLSearchParams({ ticket, agent: part("agent").value });
}

async function submit(event) {
  event.preventDefault();
  // As in Zendesk, a second click does nothing while the first is under way.
  if (isSaving) return;
  isSaving = true;
  tell("Saving …");
  const { isAllowed, message } = await app.save();
  if (isAllowed) await save().catch(() => tell(GONE, "error"));
  else tell(message, "error");
  isSaving = false;
}

async function save() {
  const wasNew = isNew(desk);
  app.emit("ticket.submit.start");
  desk = await loadDesk(editor.asSubmit());
  if (wasNew) return openTicket(desk.ticket.id);
  editor.clear();
  editor.stored(desk.ticket);
  showTicket();
  tell(`Saved as ${desk.ticket.status}.`);
  app.emit("ticket.submit.done");
}

async function refresh() {
  const before = desk.ticket.comments.length;
  desk = await loadDesk().catch(() => desk);
  if (isSaving) return;
  editor.stored(desk.ticket);
  showTicket();
  if (desk.ticket.comments.length > before) app.emit("ticket.conversation.changed", conversationOf(desk.ticket));
}

// The desk as it is now; with a submit, as it is after it.
async function loadDesk(submitted) {
  const how = submitted && { method: "POST", body: JSON.stringify(submitted) };
  const answer = await fetch(`/desk?${chosen}`, how);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

function showTicket() {
  const { ticket } = desk;
  part("subject").textContent = ticket.subject;
  const about = isNew(desk) ? "to" : `#${ticket.id}, ${ticket.status}, from`;
  part("about").textContent = `${about} ${ticket.requester.name}`;
  const shown = part("conversation").children;
  const added = ticket.comments.slice(shown.length).map(itemOf);
  part("conversation").append(...added);
  added.at(-1)?.scrollIntoView();
}

function itemOf({ author, public: isPublic, text }) {
  const [item, head, words] = ["li", "h2", "pre"].map((tag) => document.createElement(tag));
  item.className = isPublic ? "" : "note";
  head.textContent = isPublic ? author.name : `${author.name}, internal note`;
  words.textContent = text;
  item.append(head, words);
  return item;
}

function invoke(name, args) {
  if (name === "notify") return tell(args[0], args[1] === "error" ? "error" : "") ?? null;
  if (name === "resize") return Object.assign(frame.style, { height: args[0].height }) && null;
  return editor.invoke(name, args);
}

// Zendesk's proxy: the page sends what the app asks for, and the server fills in what no browser may see.
async function request(options) {
  const sent = await fetch("/proxy", { method: "POST", body: JSON.stringify(options) }).catch(() => null);
  const { status, text, headers } = sent ? await sent.json() : { status: 0, text: "", headers: {} };
  const whole = { status, statusText: String(status), responseText: text, responseJSON: read(text), responseHeaders: headers };
  const isGood = status >= 200 && status < 300;
  const told = isGood && !options.httpCompleteResponse ? (whole.responseJSON ?? text) : whole;
  return { isGood, args: [told, isGood ? "success" : "error", whole] };
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function tell(text, kind = "") {
  part("told").className = kind;
  part("told").textContent = text;
}

function fill(select, entries, value) {
  select.replaceChildren(...entries.map(([id, text]) => new Option(text, id)));
  select.value = value;
}
