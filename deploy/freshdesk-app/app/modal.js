// The window that opens where a change is held: why, and what the agent can do. Freshdesk lets it ask the service, but
// neither touch the ticket nor show notices; for that it tells background.js.

import { call } from "./platform.js";
import { plainText, stateFrom } from "./shared/gate.js";
import { renderPanel } from "./shared/panel.js";
import { textsFor } from "./shared/texts.js";

app.initialized().then(open);

async function open(client) {
  const { modalData: held } = await client.instance.context();
  const { draft, locale, approvers } = held;
  document.documentElement.lang = locale;
  const panel = renderPanel(document.getElementById("panel"), {
    answer: held,
    texts: textsFor(locale),
    draft: draft.html ? plainText(draft.html) : draft.text,
    approvers,
    on: waysFor(client, held),
  });
  client.instance.receive((event) => {
    const { message } = event.helper.getData();
    if (message?.told) panel.settle(message.finding, message.told);
  });
}

function waysFor(client, { ticket, agent, locale }) {
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
      await client.instance.send({ message: { watch: { ticket: ticket.id, finding: finding.id, locale } } });
      return told;
    },
    insert: (text) => client.instance.send({ message: { insert: text } }),
  };
}
