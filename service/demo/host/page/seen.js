// What an app may read of the ticket and the editor, by the paths and in the shapes of Zendesk's Apps Support API.

// Whether the ticket is being written by the agent herself and not there yet.
export const isNew = ({ ticket }) => ticket.id === "new";

export function seenByApps(desk, editor, colorScheme) {
  const { ticket, agent } = desk;
  return {
    colorScheme,
    "currentAccount.subdomain": desk.account,
    currentUser: { ...personOf(agent), groups: agent.groups.map((name) => ({ name })), locale: navigator.language },
    "ticket.id": isNew(desk) ? undefined : Number(ticket.id),
    "ticket.subject": ticket.subject,
    "ticket.status": editor.status(),
    "ticket.tags": editor.tags(),
    "ticket.requester": personOf(ticket.requester),
    "ticket.assignee": { user: null, group: ticket.group },
    "ticket.brand": { id: 1, name: desk.brand },
    "ticket.form": { id: 1 },
    "ticket.form.id": 1,
    "ticket.via": { channel: ticket.channel },
    "ticket.recipient": editor.recipient() ?? ticket.recipient,
    "ticket.createdAt": ticket.created_at,
    "ticket.updatedAt": ticket.updated_at,
    "ticket.conversation": conversationOf(ticket),
    "ticket.comment": { text: editor.text(), type: editor.kind(), attachments: [] },
    "comment.text": editor.text(),
    "comment.type": editor.kind(),
    "comment.attachments": [],
    "comment.useRichText": editor.isRich(),
  };
}

export function conversationOf(ticket) {
  return ticket.comments.map(({ author, at, html, public: isPublic }) => ({
    attachments: [],
    author: { ...personOf(author), avatar: "" },
    channel: { name: isPublic ? ticket.channel : "internal" },
    message: { content: html, contentType: "text/html" },
    timestamp: at,
  }));
}

function personOf({ id, name, email, role }) {
  return { id: Number(id), name, email, role: role === "customer" ? "end-user" : "agent" };
}
