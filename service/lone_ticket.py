"""A message without a helpdesk: put into a ticket of its own, so that facts and policies can be asked about it."""

from datetime import datetime

from policies.ticket import Change, Comment, Person, Role, Status, Ticket, Via, Visibility

CUSTOMER = Person(id="customer", role=Role.CUSTOMER)
AGENT = Person(id="agent", role=Role.AGENT)


def said(change_id: str, actor: Person, text: str, at: datetime, *, via: Via = Via.EMAIL) -> Change:
    """A public message."""
    comment = Comment(id=change_id, visibility=Visibility.PUBLIC, text=text)
    return Change(id=change_id, at=at, actor=actor, via=via, comment=comment)


def lone_ticket(*changes: Change) -> Ticket:
    """The ticket that the customer opened with the first of these, as it is after the last."""
    return Ticket(
        helpdesk="none",
        account="none",
        id="message",
        subject="",
        status=Status.OPEN,
        requester=CUSTOMER,
        created_at=changes[0].at,
        updated_at=changes[-1].at,
        changes=changes,
    )
