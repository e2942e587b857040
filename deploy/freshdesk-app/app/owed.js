// What was decided without the service, until it has heard of it.

import { call } from "./platform.js";

const MOST = 20;
const LATER = [0, 401, 403, 408, 429];

/** `add` notes a decision, `pay` tells the service the oldest one; what it cannot hear now is told another time. */
export function owedTo(client) {
  const owed = [];
  const pay = async () => {
    const oldest = owed.shift();
    if (!oldest) return;
    const { status } = await call(client, "unchecked", { body: oldest });
    if (LATER.includes(status) || status >= 500) owed.unshift(oldest);
  };
  const add = (decision) => {
    if (owed.length < MOST) owed.push(decision);
  };
  return { add, pay };
}
