// The ticket, the agent and the sender as the app sees them, in the service's words. Pure.

import { firstText } from "./change.js";

const STATUSES = { 2: "open", 3: "pending", 4: "solved", 5: "closed" };

/**
 * The ticket. Freshdesk shows an app no conversations but the first message, and that alone would look like all there
 * is: what was said is left for the service to know.
 */
export function ticketOf(ticket, contact) {
  return {
    id: idOf(ticket),
    subject: firstText([ticket.subject]) || null,
    status: STATUSES[ticket.status] ?? null,
    tags: Array.isArray(ticket.tags) ? ticket.tags.map(String) : null,
    requester: personOf(contact),
    updated_at: momentOf(ticket.updated_at),
  };
}

/** As RFC 3339; null where it cannot be read. */
function momentOf(text) {
  const moment = new Date(text ?? NaN);
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}

/** Who is logged in: a hint for the service, never proof. */
export function agentOf(user) {
  const contact = user.contact ?? user;
  return personOf({ ...contact, id: user.id ?? contact.id });
}

/** The language to speak to the agent in. */
export function localeOf(user) {
  return firstText([user.contact?.language, user.language]) || navigator.language;
}

/** The id as a text, null if it is not told. */
export function idOf(object) {
  return [null, undefined].includes(object.id) ? null : String(object.id);
}

function personOf(person) {
  return {
    id: idOf(person),
    name: firstText([person.name]) || null,
    email: firstText([person.email]) || null,
  };
}

/** The address that Freshdesk puts into From on its own: the mailbox the ticket came to. Null if that is not told. */
export function usualSender(ticket, mailboxes) {
  const own = [].concat(mailboxes).find((mailbox) => mailbox.id === ticket.email_config_id);
  return firstText([ticket.support_email, own?.reply_email]) || null;
}
