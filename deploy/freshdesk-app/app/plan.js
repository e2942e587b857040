// When to ask: Freshdesk lets a whole helpdesk send 50 requests a minute through an app.

import { call, soon } from "./platform.js";
import { planFrom } from "./shared/gate.js";

const KEPT_MS = 10 * 60 * 1000;
const RETRY_MS = 60 * 1000;

/**
 * A function that gives the newest plan at once, null before there is one. An old plan is better than none. The browser
 * keeps it, so that not every ticket that is opened costs a request.
 */
export function keptPlan(client) {
  let plan = null;
  let renewAt = 0;
  const take = ({ body, until }) => {
    plan = planFrom({ status: 200, body }) ?? plan;
    if (until > Date.now()) renewAt = Math.min(until, Date.now() + KEPT_MS);
    return until > Date.now();
  };
  const renew = async () => {
    renewAt = Date.now() + RETRY_MS;
    const name = await nameFor(client);
    if (take(recalled(name))) return;
    const got = await call(client, "plan");
    if (planFrom(got)) take(remembered(name, { body: got.body, until: Date.now() + KEPT_MS }));
  };
  renew();
  return () => {
    if (Date.now() >= renewAt) renew();
    return plan;
  };
}

/** Two accounts in one browser have a plan each. */
async function nameFor(client) {
  const { service_host: host, account } = await soon(() => client.iparams.get());
  return `ombuds-plan ${host} ${account}`;
}

function recalled(name) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? {};
  } catch {
    return {};
  }
}

function remembered(name, kept) {
  try {
    localStorage.setItem(name, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing asks a little more often.
  }
  return kept;
}
