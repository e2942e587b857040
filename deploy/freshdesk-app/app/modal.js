// The window that opens where a change is held: why, and what the agent can do. Freshdesk lets it ask the service, but
// neither touch the ticket nor show notices; for that it tells background.js.

import { call, messageOf, soon } from "./platform.js";
import { plainText, stateFrom } from "./shared/gate.js";
import { renderPanel } from "./shared/panel.js";
import { textsFor } from "./shared/texts.js";

/** Freshdesk allows 700 pixels; what is longer scrolls. */
const HEIGHT = "600px";

app.initialized().then(open);

async function open(client) {
  const { modalData: held } = await client.instance.context();
  const { draft, locale, approvers, findings } = held;
  document.documentElement.lang = locale;
  const panel = renderPanel(document.getElementById("panel"), {
    answer: held,
    texts: textsFor(locale),
    draft: draft.html ? plainText(draft.html) : draft.text,
    approvers,
    quiet: held.verdict === "allow",
    on: waysFor(client, held),
  });
  client.instance.receive((event) => {
    const { finding, told } = messageOf(event);
    if (told) panel.settle(finding, told);
  });
  findings.filter((finding) => finding.second_look === "asked").forEach((finding) => awaitColleague(client, held, finding));
  await soon(() => client.instance.resize({ height: HEIGHT }));
}

function waysFor(client, held) {
  const { ticket, agent } = held;
  const by = (template) => async (finding, reason) => {
    const body = { ticket: ticket.id, finding: finding.id, reason, agent };
    return stateFrom(await call(client, template, { body }));
  };
  const askColleague = by("second_look");
  return {
    override: by("override"),
    wrong: by("wrong"),
    secondLook: async (finding, reason) => {
      const told = await askColleague(finding, reason);
      await awaitColleague(client, held, finding);
      return told;
    },
    insert: (text) => client.instance.send({ message: { insert: text } }),
  };
}

function awaitColleague(client, { ticket, locale }, finding) {
  return client.instance.send({ message: { watch: { ticket: ticket.id, finding: finding.id, locale } } });
}
