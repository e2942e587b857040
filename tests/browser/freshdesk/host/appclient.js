// What Freshdesk puts in place of {{{appclient}}}: the app's only way out of its frame. The frame around it is desk.js.
(() => {
  const waiting = new Map();
  const listeners = [];
  let receive = () => {};
  let last = 0;

  const post = (message) => parent.postMessage(message, "*");
  const ask = (method, ...args) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      post({ id: last, method, args });
    });
  const when = (id, name, data, callback, isIntercept) => {
    const answer = (how) => (message) => post({ answered: id, how, message });
    const getData = () => {
      if (data?.broken) throw new Error("the event has no data");
      return data;
    };
    const helper = { getData };
    callback({ type: name, helper: isIntercept ? { ...helper, done: answer("done"), fail: answer("fail") } : helper });
  };
  const heard = {
    reply: ({ id, ok, value }) => {
      const { resolve, reject } = waiting.get(id);
      waiting.delete(id);
      if (ok) resolve(value);
      else reject(value);
    },
    event: ({ id, name, data }) =>
      listeners
        .filter((one) => one.name === name)
        .forEach(({ callback, isIntercept }) => when(id, name, data, callback, isIntercept)),
    receive: ({ data }) => receive({ type: "receive", helper: { getData: () => data } }),
  };
  addEventListener("message", ({ data, source }) => source === parent && heard[data.heard]?.(data));

  const on = (name, callback, { intercept = false } = {}) => {
    listeners.push({ name, callback, isIntercept: intercept });
    ask("events.on", name, intercept).catch(() => {});
  };
  const through = (object, ...names) =>
    Object.fromEntries(names.map((name) => [name, (...args) => ask(`${object}.${name}`, ...args)]));
  const client = {
    events: { on },
    data: through("data", "get"),
    request: through("request", "invokeTemplate"),
    interface: through("interface", "trigger"),
    iparams: through("iparams", "get"),
    instance: {
      ...through("instance", "context", "send", "resize", "close"),
      receive: (callback) => {
        receive = callback;
      },
    },
  };
  window.app = { initialized: () => Promise.resolve(client) };
})();
