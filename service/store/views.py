"""Tickets as a worker last read them, so that a draft can be judged without asking the helpdesk.

They hold customers' words, and go when words do. Functions that take a connection run inside one transaction.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, select

from policies.text import plain
from policies.ticket import Change, Comment, Role, Ticket
from service.store.databases import upsert_all
from service.store.schema import views
from service.topics import fingerprint

MOST_BYTES = 512 * 1024
"""Of a ticket, compressed; a larger one is not kept."""
CHUNK = 500
"""Tickets that one commit throws away, so that no webhook waits long behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A ticket packed. `people`: fingerprints of the customers who stand in it, so that it is found to be erased."""

    read_at: datetime
    ticket: bytes | None
    """None: it is too large, or holds what cannot be written; what was kept before goes."""
    people: str = ""


def pack(ticket: Ticket, read_at: datetime) -> View:
    """The ticket as it is kept: all that is judged of it. Takes milliseconds for a long one."""
    bare = replace(ticket, changes=tuple(_bare(change) for change in ticket.changes))
    try:
        packed = zlib.compress(msgspec.json.encode(bare))
    except UnicodeEncodeError:  # half a character, in a name or a subject
        packed = b""
    kept = packed if 0 < len(packed) <= MOST_BYTES else None
    return View(read_at=read_at, ticket=kept, people=" ".join(sorted(_people(ticket))))


def unpack(packed: bytes) -> Ticket | None:
    """The ticket; None if another version wrote what this one cannot read."""
    try:
        return msgspec.json.decode(zlib.decompress(packed), type=Ticket)
    except (msgspec.MsgspecError, zlib.error):
        return None


def keep_all(connection: Connection, kept: Iterable[tuple[int, View]]) -> None:
    """Keeps the views of these tickets, by number, each in place of the one before."""
    rows = [
        {"ticket_seq": seq, "read_at": view.read_at, "people": view.people, "ticket": view.ticket} for seq, view in kept
    ]
    too_large = [row["ticket_seq"] for row in rows if row["ticket"] is None]
    if too_large:
        connection.execute(delete(views).where(views.c.ticket_seq.in_(too_large)))
    upsert_all(connection, views, "ticket_seq", rows=[row for row in rows if row["ticket"] is not None])


def forget_views(connection: Connection, before: datetime) -> bool:
    """Throws away CHUNK of those read before a time; whether there may be more."""
    old = select(views.c.ticket_seq).where(views.c.read_at < before).order_by(views.c.ticket_seq).limit(CHUNK)
    seqs: Sequence[int] = connection.scalars(old.with_for_update(skip_locked=True)).all()
    connection.execute(delete(views).where(views.c.ticket_seq.in_(seqs)))
    return len(seqs) == CHUNK


def _bare(change: Change) -> Change:
    """Without what was worked out of it, and each text once."""
    comment = change.comment
    return change if comment is None else replace(change, comment=_bare_comment(comment))


def _bare_comment(comment: Comment) -> Comment:
    return replace(comment, text=plain(comment), html=None)


def _people(ticket: Ticket) -> set[str]:
    customers = {change.actor.id for change in ticket.changes if change.actor.role is Role.CUSTOMER}
    return {fingerprint(ticket.helpdesk, ticket.account, one) for one in (customers | {ticket.requester.id})}
