// Stands in for Zendesk's SDK, whose own script comes from Zendesk's servers: the same calls and the same messages,
// as far as an app beside a ticket needs them. tests/browser compares the two.
"use strict";

window.ZAFClient = {
  init(whenRegistered) {
    const given = new URLSearchParams(location.search);
    const [origin, appGuid] = [given.get("origin"), given.get("app_guid")];
    return origin && appGuid ? makeClient(origin, appGuid, whenRegistered) : false;
  },
};

function makeClient(origin, appGuid, whenRegistered) {
  const handlers = new Map();
  const calls = new Map();
  const replying = new Set();
  let [lastId, isRegistered, atRegistration] = [0, false, []];
  const registered = new Promise((resolve) => atRegistration.push(resolve));

  const handlersOf = (name) => handlers.get(name) ?? [];
  const post = (message) => window.parent.postMessage(message, origin);
  const send = (message) => post(JSON.stringify({ ...message, appGuid, instanceGuid: appGuid }));
  // Nothing but the handshake is sent before the other side knows this app.
  const sendOnceKnown = (message) => (isRegistered ? send(message) : atRegistration.push(() => send(message)));

  function call(request, params) {
    const id = ++lastId;
    sendOnceKnown({ id, request, params });
    return new Promise((resolve, reject) => calls.set(id, { resolve, reject }));
  }

  // What a single path or name gives is an error where there is no such thing; of many, the result says which.
  function checked(path, result) {
    const error = typeof path === "string" ? result.errors?.[path] : undefined;
    if (error) throw new Error(`"${path}" ${error.message}`);
    return result;
  }

  function subscribe(name, changed) {
    handlers.set(name, changed);
    const direction = changed.length ? "on" : "off";
    if (name !== "app.registered") {
      sendOnceKnown({ key: `iframe.${direction}:${name}`, message: { subscriberCount: changed.length } });
    }
  }

  // A handler refuses by what it throws or rejects with, or by returning false, a text or an error there and then;
  // what a promise is fulfilled with never refuses.
  function heed(handler) {
    const outcome = handler();
    const refuses = outcome === false || typeof outcome === "string" || outcome instanceof Error;
    return refuses ? Promise.reject(outcome) : outcome;
  }

  async function reply(name) {
    if (replying.has(name)) return;
    replying.add(name);
    const message = { appGuid, key: `iframe.reply:${name}` };
    try {
      await Promise.all(handlersOf(name).map(async (handler) => heed(handler)));
    } catch (reason) {
      message.error = { msg: reason instanceof Error ? reason.message : reason };
    }
    post(message);
    replying.delete(name);
  }

  function register(data) {
    isRegistered = true;
    atRegistration.forEach((act) => act(data));
    whenRegistered?.(data);
  }

  window.addEventListener("message", (event) => {
    if (event.origin !== origin || event.source !== window.parent) return;
    const data = JSON.parse(event.data);
    const made = calls.get(data.id);
    const name = (data.key ?? "").replace(/^zaf\./, "");
    calls.delete(data.id);
    if (made) data.error ? made.reject(data.error) : made.resolve(data.result);
    else if (data.needsReply) reply(name);
    else {
      if (name === "app.registered") register(data.message);
      handlersOf(name).forEach((handler) => handler(data.message));
    }
  });
  send({ key: "iframe.handshake", message: { version: "stand-in" } });

  return {
    on: (name, handler) => subscribe(name, [...handlersOf(name), handler]),
    off: (name, handler) => subscribe(name, handlersOf(name).filter((known) => known !== handler)),
    has: (name, handler) => handlersOf(name).includes(handler),
    get: (path) => call("get", [path].flat()).then((result) => checked(path, result)),
    set: (path, value) =>
      call("set", typeof path === "string" ? { [path]: value } : path).then((result) => checked(path, result)),
    invoke: (name, ...args) =>
      call("invoke", typeof name === "string" ? { [name]: args } : name).then((result) => checked(name, result)),
    metadata: () => registered.then((data) => data.metadata),
    context: () => registered.then((data) => data.context),
    request(options) {
      const key = `request:${++lastId}`;
      sendOnceKnown({ key, message: typeof options === "string" ? { url: options } : options });
      return new Promise((resolve, reject) => {
        handlers.set(`${key}.done`, [({ responseArgs }) => resolve(responseArgs[0])]);
        handlers.set(`${key}.fail`, [({ responseArgs }) => reject(responseArgs[0])]);
      });
    },
  };
}
