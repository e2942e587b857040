// When to ask: Freshdesk lets a whole helpdesk send 50 requests a minute through an app.

import { planFrom } from "./shared/gate.js";
import { call } from "./platform.js";

const KEPT_MS = 10 * 60 * 1000;
const RETRY_MS = 60 * 1000;

/** A function that gives the newest plan at once, null before there is one. An old plan is better than none. */
export function keptPlan(client) {
  let plan = null;
  let renewAt = 0;
  const renew = async () => {
    renewAt = Date.now() + RETRY_MS;
    const got = planFrom(await call(client, "plan"));
    if (!got) return;
    plan = got;
    renewAt = Date.now() + KEPT_MS;
  };
  renew();
  return () => {
    if (Date.now() >= renewAt) renew();
    return plan;
  };
}
