"""Replies that Zendesk does not mail before they are judged: the tags, and whose reply waits. Pure.

A tag keeps the account's own notify trigger from mailing an agent's public reply; whoever judges it then takes the
tag off, with a mail or without one. What that rests on:

- Triggers run in order, in the same update as the comment, and see tags that earlier ones set. So a trigger in front
  of the notify trigger can hold it back, which a webhook never can: it leaves after the mail is queued, and there is
  no recall. Source: reference of triggers; the mail is in the comment's own audit, as recorded.
- "Comment is public" holds in the update that has the comment alone. The notify trigger does not fire when the tag
  goes, so a trigger of ours sends the mail then, as a copy of it. Source: conditions reference, as we understand it.
- The copy can only speak of "the latest public comment" of that later moment. Where it may be another than the one
  that waits, a second copy mails all public comments.
- A public comment can be made private, and never public again: `PUT .../comments/{id}/make_private`. Source:
  reference of ticket comments. That its audit then says `public: false` is best knowledge; nothing breaks if not.
- Automations run hourly and count whole hours, the first run after an update as zero. So one that releases what
  nobody judged fires after one to two hours without an update. Source: Zendesk's help, "Hours since"; that zero may
  be asked for ("greater than 0") is not confirmed. Whether triggers run on an automation's update is not either, so
  it sends the mail itself.
- Tags set by the ticket's own PUT are an update on which triggers run. Of the PUT on its tags alone we do not know.
- `updated_at` has whole seconds, so a write cannot be refused that was decided a moment before, within one second.

The customer sees a public comment in the help center at once, held or not.
"""

from dataclasses import dataclass, replace

from policies.ticket import Change, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldTags:
    """The tag that holds mails back, and the two that let them go: each with `hold` sets off one of our triggers."""

    hold: str

    @property
    def release(self) -> str:
        """The one reply that waits is the newest public comment: it is mailed as ever."""
        return f"{self.hold}_release"

    @property
    def release_all(self) -> str:
        """Several replies wait, or somebody wrote since: all public comments are mailed."""
        return f"{self.hold}_release_all"

    @property
    def all(self) -> tuple[str, str, str]:
        """Every tag of the hold."""
        return self.hold, self.release, self.release_all

    def seen(self, ticket: Ticket) -> Ticket:
        """The ticket with what is held on it, and without the hold's own tags: they are no news to anybody."""
        return replace(
            ticket,
            held=self._held(ticket) if self.hold in ticket.tags else None,
            tags=self._without(ticket.tags),
            changes=tuple(
                replace(
                    change,
                    tags_added=self._without(change.tags_added),
                    tags_removed=self._without(change.tags_removed),
                )
                for change in ticket.changes
            ),
        )

    def at_the_end(self, ticket: Ticket) -> tuple[str, ...]:
        """All tags of the ticket that let its mails go; with nothing to mail, no tag of the hold is left."""
        if not ticket.held:
            return ticket.tags
        newest = next((change for change in reversed(ticket.changes) if _is_public(change)), None)
        is_plain = newest is not None and ticket.held == (newest.id,)
        return *ticket.tags, self.hold, self.release if is_plain else self.release_all

    def _held(self, ticket: Ticket) -> tuple[str, ...]:
        """The changes with the public replies since the hold began: what the tag came with is one of them.

        Where no change tells when that was, all do: a mail too much is better than one that never leaves.
        """
        began = [place for place, change in enumerate(ticket.changes) if self.hold in change.tags_added]
        since = ticket.changes[began[-1] if began else 0 :]
        theirs = [change for change in since[1:] if change.actor.id != ticket.requester.id and not change.is_own]
        return tuple(change.id for change in (*since[:1], *theirs) if _is_public(change))

    def _without(self, tags: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(tag for tag in tags if tag not in self.all)


def _is_public(change: Change) -> bool:
    return change.comment is not None and change.comment.is_public
