// What the agent is about to do, read from Freshdesk's own events. Pure.

const CLOSED = 5;
const MARKUP = /<[a-z!/][^>]*>|&(?:#\w+|[a-z]+);/i;
const FINISHED = { 4: "solved", [CLOSED]: "closed" };

/** By event: what it would do (the plan's kinds) and the draft as the service wants it. */
export const CHANGES = {
  "ticket.sendReply": (data) => ({ kinds: ["public_reply"], draft: replyOf(data) }),
  "ticket.closeTicketClick": () => changeOf({ status: { new: CLOSED } }),
  "ticket.propertiesUpdated": (data) => changeOf(data.changedAttributes ?? {}),
};

/** The reply. Freshdesk names its text differently from version to version; some do not hand it out at all. */
function replyOf(data) {
  const written = firstText([data.body, data.full_text, data.reply?.body]);
  return { kind: "public_reply", seen: written !== "", ...wordsOf(written), sender: senderOf(data) };
}

function wordsOf(written) {
  if (!written) return {};
  return MARKUP.test(written) ? { html: written } : { text: written };
}

function senderOf(data) {
  return firstText([data.from, data.from_email, data.from?.email, data.reply?.from_email, data.reply?.from]) || null;
}

function changeOf(changed) {
  const status = FINISHED[moved(changed.status).new] ?? null;
  const draft = { kind: "none", seen: true, status, ...tagsMoved(moved(changed.tags)) };
  const hasTags = draft.tags_added.length + draft.tags_removed.length > 0;
  return { kinds: ["properties", status && "solve", hasTags && "tags"].filter(Boolean), draft };
}

/** Freshdesk's documents say {old, new}; its samples read [old, new]. */
function moved(attribute) {
  if (Array.isArray(attribute)) return { old: attribute[0], new: attribute[1] };
  return attribute ?? {};
}

function tagsMoved(tags) {
  const [before, after] = [listed(tags.old), listed(tags.new)];
  return {
    tags_added: after.filter((tag) => !before.includes(tag)),
    tags_removed: before.filter((tag) => !after.includes(tag)),
  };
}

function listed(value) {
  return Array.isArray(value) ? value.map(String) : [];
}

/** The first that is a text and not blank; "" if none is. */
export function firstText(values) {
  return values.find((value) => typeof value === "string" && value.trim() !== "") ?? "";
}
