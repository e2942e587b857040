// A ticket's page as Freshdesk's app platform knows it: a hidden frame with the app, events that wait for an answer,
// notices, and one window. What a test looks at stands in `desk`.

const TITLE = 30;
const MESSAGE = 100;
const $ = (selector) => document.querySelector(selector);

const STATUSES = { 2: "open", 3: "pending", 4: "solved", 5: "closed" };

const desk = {
  ticket: null, // as Freshdesk's API tells it
  silent: [], // objects that data.get never answers
  refused: [], // methods of the interface that fail
  events: [], // what was fired: {name, data, answers: [{how, message}]}; no answer yet: it still waits
  mailboxes: [],
  modals: [],
  listening: [],
  replied: [], // what the app has got an answer to: a template, or a method
  handOut: "body", // where sendReply's payload has the reply; "nothing" hands out none
  shape: "object", // how propertiesUpdated tells an attribute's change; "array" is the other way
};
const instances = new Map();

async function open() {
  Object.assign(desk, await told("world.json"));
  await goTo(new URLSearchParams(location.search).get("ticket"));
  begin($("#background"), "background.html", { instanceId: "1", location: "ticket_background" });
}

async function told(path) {
  return (await fetch(path)).json();
}

function begin(frame, template, context) {
  instances.set(context.instanceId, { frame, context });
  frame.src = `${desk.frames}/app/${template}`;
}

/** Goes to another ticket as Freshdesk does: the app's page stays. */
async function goTo(id) {
  if (desk.ticket) tell("app.deactivated", {});
  await show(id);
  $("#conversation").replaceChildren(paragraph(desk.ticket.description_text));
  $("#words").textContent = "";
  tell("app.activated", {});
}

async function show(id) {
  desk.ticket = await told(`tickets/${id}.json`);
  $("#subject").textContent = `#${id} ${desk.ticket.subject}`;
  $("#status").value = desk.ticket.status;
}

function tell(name, data, id = null) {
  instances.get("1")?.frame.contentWindow.postMessage({ heard: "event", id, name, data }, "*");
}

/** Fires an intercepted event; settles when the app answers it, and never does if it does not. */
function fire(name, data) {
  const event = { name, data, ticket: desk.ticket.id, answers: [] };
  event.settled = new Promise((resolve) => {
    event.settle = resolve;
  });
  desk.events.push(event);
  if (desk.listening.includes(name)) tell(name, data, desk.events.length - 1);
  else event.settle({ how: "done" });
  return event.settled;
}

const METHODS = {
  "events.on": ({ context }, name, isIntercept) => {
    if (context.location === "modal") throw { message: "events are not supported in a modal" };
    if (isIntercept) desk.listening.push(name);
  },
  "data.get": (_, name) => {
    if (desk.silent.includes(name)) return new Promise(() => {});
    const { ticket, agent } = desk;
    const known = { ticket, contact: ticket.requester, loggedInUser: agent, email_config: desk.mailboxes };
    if (!(name in known)) throw { message: `${name} is not known here` };
    return { [name]: known[name] };
  },
  "request.invokeTemplate": async (_, name, options) => {
    const body = JSON.stringify({ name, ...options });
    const answer = await fetch("proxy", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    const { ok, value } = await answer.json();
    if (!ok) throw value;
    return value;
  },
  "interface.trigger": ({ context }, method, options) => {
    if (context.location === "modal") throw { message: "the interface is not supported in a modal" };
    if (desk.refused.includes(method)) throw { message: `${method} failed` };
    return INTERFACE[method](context, options);
  },
  "iparams.get": () => desk.iparams,
  "instance.context": ({ context }) => context,
  "instance.send": ({ context }, { message, receiver }) => {
    const to = receiver ? [].concat(receiver) : [context.parentId];
    const data = { senderId: context.instanceId, message };
    to.forEach((id) => instances.get(id)?.frame.contentWindow.postMessage({ heard: "receive", data }, "*"));
  },
  "instance.resize": () => {},
  "instance.close": ({ context }) => context.location === "modal" && $("#window").close(),
};

const INTERFACE = {
  showNotify: (_, { type, title, message }) => {
    if (!["info", "success", "warning", "danger", "alert"].includes(type) || !message) throw { message: "no such notice" };
    notice(`${(title ?? "").slice(0, TITLE)}: ${message.slice(0, MESSAGE)}`);
  },
  showModal: ({ instanceId }, { title, template, data }) => {
    desk.modals.push({ title, template, data, ticket: desk.ticket.id });
    $("#window-title").textContent = (title ?? "").slice(0, TITLE);
    const context = { instanceId: String(instances.size + 1), location: "modal", parentId: instanceId, modalData: data };
    begin($("#window iframe"), template, context);
    if (!$("#window").open) $("#window").showModal();
  },
  click: (_, { id, text }) => {
    if (id !== "reply") throw { message: "no such button" };
    $("#words").append(paragraph(text));
  },
};

addEventListener("message", async ({ data, source }) => {
  const instance = [...instances.values()].reverse().find(({ frame }) => frame.contentWindow === source);
  if (!instance) return;
  if ("answered" in data) return answered(data);
  const reply = (ok, value) => {
    source.postMessage({ heard: "reply", id: data.id, ok, value }, "*");
    desk.replied.push(data.method === "request.invokeTemplate" ? data.args[0] : data.method);
  };
  try {
    reply(true, await METHODS[data.method](instance, ...data.args));
  } catch (refusal) {
    reply(false, refusal instanceof Error ? { message: refusal.message } : refusal);
  }
});

function answered({ answered: id, how, message }) {
  const event = desk.events[id];
  event.answers.push({ how, message });
  event.settle({ how, message });
}

/** Does what the agent clicked, unless the app stops it. */
async function attempt(name, data, what) {
  const { ticket } = desk;
  const { how, message } = await fire(name, data);
  if (how !== "done") return notice(message);
  const body = JSON.stringify({ ticket: ticket.id, ...what });
  await fetch("submit", { method: "POST", body });
  if (desk.ticket !== ticket) return;
  if (what.comment) $("#conversation").append(paragraph(what.comment.text));
  await show(ticket.id);
}

function notice(text) {
  $("#notices").append(paragraph(text));
}

function paragraph(text) {
  const node = document.createElement("p");
  node.textContent = text;
  return node;
}

function payloadOf(html) {
  const payloads = { body: { body: html }, full_text: { full_text: html }, reply: { reply: { body: html } } };
  return payloads[desk.handOut] ?? {};
}

$("#editor").addEventListener("submit", (event) => {
  event.preventDefault();
  const { innerHTML, innerText } = $("#words");
  attempt("ticket.sendReply", payloadOf(innerHTML), { comment: { public: true, text: innerText } });
});

$("#properties").addEventListener("submit", (event) => {
  event.preventDefault();
  const [before, after] = [desk.ticket.status, Number($("#status").value)];
  const status = desk.shape === "array" ? [before, after] : { old: before, new: after };
  attempt("ticket.propertiesUpdated", { changedAttributes: { status } }, { status: STATUSES[after] });
});

$("#reply").addEventListener("click", () => tell("ticket.replyClick", {}));
$("#close").addEventListener("click", () => attempt("ticket.closeTicketClick", {}, { status: STATUSES[5] }));
$("#window-close").addEventListener("click", () => $("#window").close());

open();
