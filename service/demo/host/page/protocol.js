// The agent view's side of the wire to an app in a frame. The messages are those of Zendesk's own SDK, which speaks
// the other side (zendesk/zendesk_app_framework_sdk, lib/client.js; read 2026-11).

// How long Zendesk waits for an app before a save. From hearsay: it is not documented.
export const SAVE_TIMEOUT_MS = 30_000;

// `page` answers for what the app may see and do: get(path) and invoke(name, args) give undefined where there is no
// such thing; set(path, value); request(options) promises {isGood, args}.
export function holdApp(frame, { origin, metadata, context, page }) {
  const subscribers = new Map();
  const saves = [];

  const post = (message) => frame.contentWindow.postMessage(JSON.stringify(message), origin);
  const isHeard = (event) => (subscribers.get(event) ?? 0) > 0;
  const emit = (event, message) => isHeard(event) && post({ key: `zaf.${event}`, message });

  function subscribe(event, count) {
    const isFirst = !isHeard(event);
    subscribers.set(event, count);
    if (isFirst && event === "app.activated") emit(event, { firstLoad: true });
  }

  async function answer({ id, request, params }) {
    const result = { errors: {} };
    const calls = Array.isArray(params) ? params.map((path) => [path]) : Object.entries(params);
    for (const [path, given] of calls) {
      const value = await page[request](path, given);
      if (value === undefined) result.errors[path] = { name: "APINotFoundError", message: "No such Api", path };
      else result[path] = value;
    }
    post({ id, result });
  }

  async function forward(key, options) {
    const { isGood, args } = await page.request(options);
    post({ key: `zaf.${key}.${isGood ? "done" : "fail"}`, message: { responseArgs: args } });
  }

  // An app that does not listen lets everything pass. One that listens and stays silent stops the save.
  function save() {
    const record = { replies: [], sentAt: performance.now() };
    if (!isHeard("ticket.save")) return Promise.resolve({ isAllowed: true });
    saves.push(record);
    post({ key: "zaf.ticket.save", needsReply: true });
    return new Promise((resolve) => {
      record.settle = resolve;
      setTimeout(resolve, SAVE_TIMEOUT_MS, { isAllowed: false, message: "The app did not answer. Please try again." });
    });
  }

  function settle({ error }) {
    const record = saves.at(-1);
    record.replies.push({ error: error ?? null, ms: performance.now() - record.sentAt });
    record.settle(error ? { isAllowed: false, message: error.msg || "The app refused." } : { isAllowed: true });
  }

  window.addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== origin) return;
    // The reply to a save comes as an object, all else as text.
    const message = typeof event.data === "string" ? JSON.parse(event.data) : event.data;
    const [kind, name] = (message.key ?? "").split(/:(.*)/s);
    if (message.request) answer(message);
    else if (kind === "iframe.handshake") post({ key: "zaf.app.registered", message: { metadata, context } });
    else if (kind === "iframe.on" || kind === "iframe.off") subscribe(name, message.message.subscriberCount);
    else if (kind === "iframe.reply") settle(message);
    else if (kind === "request") forward(message.key, message.message);
  });

  return { emit, save, saves, isHeard };
}
