// The gate's plan: what to ask about, and what becomes of a save that nobody judged.

import { planFrom, reasonOf } from "./gate.js";

const KEPT_MS = 5 * 60 * 1000;
const AGAIN_MS = 60 * 1000;

/**
 * `now()` is the newest plan there is, null before the first; `renew()` asks for a newer one if it is time to, and
 * tells `onMissing` why there is none.
 */
export function planOf(gate, onMissing) {
  let plan = stored();
  let dueAt = 0;
  const renew = async () => {
    if (Date.now() < dueAt) return;
    dueAt = Date.now() + AGAIN_MS;
    const got = await gate.plan().catch(() => ({ status: 0 }));
    const fresh = planFrom(got);
    if (!fresh) return onMissing(got.status === 404 ? "no_gate" : reasonOf(got.status));
    plan = fresh;
    dueAt = Date.now() + KEPT_MS;
    store(got.body);
  };
  return { now: () => plan, renew };
}

/** The plan of an earlier ticket: without it, a service that is down when a ticket is opened lets its saves go. */
function stored() {
  try {
    return planFrom({ status: 200, body: localStorage.getItem("plan") });
  } catch {
    return null;
  }
}

function store(body) {
  try {
    localStorage.setItem("plan", body);
  } catch {
    // A browser may refuse to keep it.
  }
}
