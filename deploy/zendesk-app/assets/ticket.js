// What the open ticket and its editor hold, in the gate's words.

import { KINDS, plainText } from "./gate.js";

const PATHS = [
  "ticket.id",
  "ticket.subject",
  "ticket.status",
  "ticket.tags",
  "ticket.requester",
  "ticket.assignee",
  "ticket.brand",
  "ticket.via",
  "ticket.recipient",
  "ticket.updatedAt",
  "ticket.conversation",
  "comment.text",
  "comment.type",
  "comment.useRichText",
  "currentUser",
  "colorScheme",
];
const MOST_MESSAGES = 30;
const LONGEST_MESSAGE = 20000;

/** A draft that could not be read, of a ticket of which no more than its id is known. */
export function unseen(ticket) {
  return { ticket: { id: ticket }, draft: { kind: "none", seen: false }, agent: {}, words: "", now: null };
}

/**
 * The ticket, the draft and the agent as the gate is told, from one reading, so that they belong together.
 * Also `words`, the draft's text, and `now`, what the draft may change, as it stands in the form.
 * `opened` is what those were when the ticket was opened; where that is not known, a status counts as newly chosen.
 */
export async function look(client, opened) {
  const seen = await client.get(PATHS);
  const text = seen["comment.text"] ?? "";
  const isHtml = seen["comment.useRichText"] ?? /<\w+[^<>]*>/.test(text);
  const words = isHtml ? plainText(text) : text.trim();
  const now = {
    status: seen["ticket.status"] ?? null,
    tags: seen["ticket.tags"] ?? [],
    recipient: seen["ticket.recipient"] ?? undefined,
  };
  const before = opened ?? { ...now, status: null };
  return {
    ticket: ticketOf(seen, before),
    draft: {
      kind: words ? kindOf(seen["comment.type"]) : "none",
      ...(isHtml ? { html: text } : { text }),
      ...changesOf(now, before),
      seen: true,
    },
    agent: personOf(seen.currentUser),
    locale: seen.currentUser?.locale,
    colours: seen.colorScheme,
    words,
    now,
  };
}

/** The kinds of change in a draft, as the plan names them. Of a draft that could not be read it may be any. */
export function kindsOf({ draft }) {
  if (!draft.seen) return KINDS;
  const has = {
    [draft.kind]: draft.kind !== "none",
    solve: draft.status === "solved",
    tags: draft.tags_added.length + draft.tags_removed.length > 0,
  };
  const kinds = KINDS.filter((kind) => has[kind]);
  return kinds.length ? kinds : ["properties"];
}

/** What is sent of a reading. */
export function bodyOf({ ticket, draft, agent }, live = false) {
  return { ticket, draft, agent, live };
}

function ticketOf(seen, opened) {
  return {
    id: idOf(seen["ticket.id"]),
    subject: seen["ticket.subject"],
    status: opened.status,
    tags: opened.tags,
    recipient: opened.recipient,
    requester: personOf(seen["ticket.requester"]),
    group: idOf(seen["ticket.assignee"]?.group?.id),
    brand: idOf(seen["ticket.brand"]?.id),
    channel: seen["ticket.via"]?.channel,
    updated_at: seen["ticket.updatedAt"],
    conversation: (seen["ticket.conversation"] ?? []).map(messageOf).slice(-MOST_MESSAGES),
  };
}

function messageOf({ author, channel, message, timestamp }) {
  const content = String(message?.content ?? "").slice(0, LONGEST_MESSAGE);
  return {
    at: timestamp,
    from: author?.role === "end-user" ? "customer" : author?.role ? "agent" : "system",
    author: { id: idOf(author?.id), name: author?.name },
    public: channel?.name !== "internal",
    ...(message?.contentType === "text/plain" ? { text: content } : { html: content }),
  };
}

/** Of the other kinds of comment, such as a direct message, the customer sees each. */
function kindOf(type) {
  return type === "internalNote" ? "internal_note" : "public_reply";
}

function changesOf(now, opened) {
  return {
    status: now.status === "solved" && opened.status !== "solved" ? "solved" : null,
    tags_added: now.tags.filter((tag) => !opened.tags.includes(tag)),
    tags_removed: opened.tags.filter((tag) => !now.tags.includes(tag)),
    // Replies leave from the recipient, which another app may change; what it was when the ticket was opened, the
    // service knows better: customers can write to addresses that no mail leaves from.
    ...(now.recipient !== opened.recipient && { sender: now.recipient }),
  };
}

function personOf(user) {
  return user ? { id: idOf(user.id), name: user.name, email: user.email } : {};
}

function idOf(id) {
  return id == null ? undefined : String(id);
}
