"""What a reply sets as a quotation although nobody said it before: that is its author's own word, and judged.

Quotations are left out of what somebody says, for they are somebody else's words. Whether they are is told from the
messages before: a sentence is quoted if its words stand there in one piece, wherever lines break. A mail from outside
that an agent hands on stands nowhere, and he tells it to the customer. Of a customer's message only one that is all
quotation is looked at: what he quotes is mostly our own letter, which may have reached him elsewhere. His own is what
he put into it, not what the helpdesk mailed above and below it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from policies.folding import fold
from policies.searched import canonical
from policies.sentences import Span, split
from policies.signals.thread import NEWEST, Side, side_of
from policies.text import plain, quotations, said
from policies.ticket import Change, Comment, Ticket, Via

_MOST_HEARD = 256 * 1024
"""Characters of earlier messages, canonical, in which a quotation is looked for."""
_MOST_LOOKS = 64
"""As often as that they are read through for one message, so that no message takes long. What is left was not found."""
# Mail programs write out, cut or drop where a link leads and what a picture shows.
_ADDRESS = re.compile(r"(?i)<?\b(?:https?://|mailto:|www\.)[^\s<>]{1,2000}>?|\[(?:cid|image):[^\]\n]{0,200}\]")
# "Anna Berg wrote:" above a quotation is one by itself; and mail programs number the items of a list.
_BORDER = re.compile(r"(?m):[ \t]*\n|^[ \t]*\d{1,2}[.)][ \t]")
_WORDS, _OWN = "words", "own quotes"


def with_own_quotes(ticket: Ticket) -> Ticket:
    """The ticket, in whose newest messages what only looks like a quotation is their authors' own."""
    first = max(0, len(ticket.changes) - NEWEST)
    newest = enumerate(ticket.changes[first:], start=first)
    told = (_change_told(ticket, change, ticket.changes[:position]) for position, change in newest)
    return replace(ticket, changes=(*ticket.changes[:first], *told))


def own_quotes_told(ticket: Ticket, change: Change) -> Change:
    """The change, which may be none of the ticket's yet, with what its message only seems to quote."""
    return _change_told(ticket, change, ticket.up_to(change)[:-1])


def _change_told(ticket: Ticket, change: Change, earlier: Sequence[Change]) -> Change:
    comment, side = change.comment, side_of(ticket, change.actor)
    if comment is None or change.is_own or side is None or not comment.is_public or not quotations(comment):
        return change
    heard = _heard(ticket, earlier)
    is_alone, is_ours = not said(comment).text.strip(), side not in (Side.CUSTOMER, Side.BYSTANDER)
    if not is_alone and not (is_ours and heard.is_whole):
        return change
    return replace(change, comment=_told(comment, heard.texts, is_ours=is_ours))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What the customer had read and written before, newest first; `is_whole`: as far as anybody knows, all of it."""

    texts: tuple[str, ...]
    is_whole: bool


def _heard(ticket: Ticket, earlier: Sequence[Change]) -> _Heard:
    public = (
        change.comment
        for change in reversed(earlier)
        if change.comment is not None and change.comment.is_public and change.id not in (ticket.held or ())
    )
    texts = [_words(ticket.subject)]
    left = _MOST_HEARD
    for comment in public:
        texts.append(_words_of(comment))
        left -= len(texts[-1])
        if left < 0 or len(texts) > NEWEST:
            return _Heard(texts=tuple(texts), is_whole=False)
    has_elsewhere = ticket.follows is not None or any(change.via is Via.MERGE for change in earlier)
    return _Heard(texts=tuple(texts), is_whole=ticket.is_whole and not has_elsewhere)


def _told(comment: Comment, heard: tuple[str, ...], *, is_ours: bool) -> Comment:
    """The comment with its own quotes; worked out once for a comment and what was heard before it."""
    key = hash((heard, is_ours))  # not what was heard itself: it would be kept for as long as one short answer to it
    known, spans, memo = comment.memo.get(_OWN, (None, (), {}))
    if known != key:
        spans = _own_quotes(quotations(comment), "\n".join(heard), is_ours=is_ours)
    told = replace(comment, own_quotes=spans) if spans else comment
    if known != key:
        said(told)
        comment.memo[_OWN] = key, spans, told.memo if spans else {}
    elif spans:
        told.memo.update(memo)
    return told


def _own_quotes(quoted: str, heard: str, *, is_ours: bool) -> tuple[Span, ...]:
    """What of a quotation was not heard; of a customer's, if some of it was, only what stands between that."""
    sentences = tuple(_looked_for(quoted, heard))
    known = [at for at, (_, is_heard) in enumerate(sentences) if is_heard]
    within = sentences[known[0] : known[-1]] if known and not is_ours else sentences
    return tuple(span for span, is_heard in within if not is_heard)


def _looked_for(quoted: str, heard: str) -> Iterator[tuple[Span, bool]]:
    """The sentences of a quotation, and whether they stand anywhere in what was heard."""
    parted = _BORDER.sub(lambda border: "\n" * len(border[0]), quoted)
    said = [(start, end, words) for start, end in split(parted) if (words := _words(parted[start:end]).strip())]
    at, left = 0, _MOST_LOOKS * len(heard)
    for number, (start, end, words) in enumerate(said, start=1):
        # The last may be cut off in the middle of a word. What is quoted mostly goes on where it was left.
        wanted = f" {words}" if number == len(said) else f" {words} "
        found = heard.find(wanted, at) if left > 0 else -1
        if found < 0 < at and left > 0:
            left -= len(heard)
            found = heard.find(wanted)
        left -= abs(found - at) if found >= 0 else len(heard)
        yield (start, end), found >= 0
        at = found + len(words) if found >= 0 else at


def _words_of(comment: Comment) -> str:
    words: str | None = comment.memo.get(_WORDS)
    if words is None:
        words = comment.memo[_WORDS] = _words(plain(comment))
    return words


def _words(text: str) -> str:
    """A text as one is held against another: its words alone, a space around each."""
    return f" {canonical(_ADDRESS.sub(' ', fold(text).text))} "
