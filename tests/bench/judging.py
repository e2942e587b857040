"""Measures what judging costs: one change, a long message, loading the rulebook, and the memory it takes.

    .venv/bin/python tests/bench/judging.py [--json] [--policies DIR]

All policies of the folder are judged, drafts too, on a ticket of seven messages whose last is an agent's reply. No
sentence of that reply was ever seen before, for what is in a sentence is remembered. `next`: the six messages before it
were judged in an earlier visit, as they usually were; `new`: they are as new as the reply. `first`: the first judgement
of all, in which the words that phrases need are read. Every figure but that is the median of five rounds; times are of
the processor, so that what else runs on the machine counts little.
Figures to keep: median 1 ms and p99 3 ms for a reply of 2 KB, 30 ms for 64 KiB, load 300 ms, memory 60 MiB.
"""

import argparse
import gc
import itertools
import re
import statistics
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from policies.engine import judge
from policies.policy import Rulebook
from policies.ticket import Change, Comment, Person, Role, Status, Ticket, Via, Visibility
from policies.verdict import Mode
from service.policy_files import SHIPPED, load_folder

ROUNDS = 5
NUMBERS = itertools.count(1000)
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MARIA = Person(id="c", role=Role.CUSTOMER, name="Maria Lopez", email="maria@mail.example")
JONAS = Person(id="a", role=Role.AGENT, name="Jonas Keller")

# Who speaks, hours after the first message, and what is said; the agent's last reply follows.
ENGLISH = (
    (MARIA, 0, "Hello,\n\nthe standing lamp I ordered on 3 February (order 4711-22) came yesterday in a box that was "
     "open on one side, and the shade has a crack as long as my hand. I sent photos to your colleague and have heard "
     "nothing since. Will you replace it, and when? I need it on Friday.\n\nBest regards,\nMaria Lopez"),
    (JONAS, 3, "Hello Maria,\n\nI am sorry about the lamp. Could you send me two photos of the box, please?\n\n"
     "Kind regards\nJonas Keller"),
    (MARIA, 5, "Here they are. The crack is on the left side, and the tape was cut before it got here."),
    (JONAS, 9, "Hello Maria,\n\nthank you for the photos. I have asked the courier what happened, and our workshop "
     "whether they have a shade of that colour.\n\nKind regards\nJonas Keller"),
    (MARIA, 20, "That does not help me, it is still broken and I am getting tired of waiting. Please look at it again "
     "and tell me when the new one comes.\n\nMaria"),
    (MARIA, 44, "Any news?\n\nOn Tue, 3 Mar 2026 at 18:02, Jonas Keller <help@shop.example> wrote:\n> thank you for "
     "the photos.\n> I have asked the courier"),
)  # fmt: skip
ENGLISH_REPLY = (
    "Hello Maria,\n\nthe workshop has a shade of that colour after all. It leaves on Wednesday and needs a day to "
    "reach you; you can follow it under https://shop.example/track/4711-22 from tomorrow on. The broken one does not "
    "have to come back: keep it, or throw it away.\n\nIf you would rather have the money for the whole lamp, tell me "
    "and I will refund it the same day. Is Thursday before noon all right for the delivery?\n\n"
)
GERMAN = (
    (MARIA, 0, "Guten Tag,\n\ndie Stehlampe, die ich am 3. Februar bestellt habe (Nummer 4711-22), kam gestern in "
     "einem Karton, der an einer Seite offen war, und der Schirm hat einen Sprung, so lang wie meine Hand. Fotos habe "
     "ich Ihrer Kollegin geschickt und seitdem nichts gehört. Ersetzen Sie ihn, und wann?\n\nViele Grüße\nMaria Lopez"),
    (JONAS, 3, "Guten Tag Frau Lopez,\n\ndas tut mir leid. Schicken Sie mir bitte zwei Fotos vom Karton?\n\n"
     "Viele Grüße\nJonas Keller"),
    (MARIA, 5, "Hier sind sie. Der Sprung ist links, und das Klebeband war schon durchgeschnitten."),
    (JONAS, 9, "Guten Tag Frau Lopez,\n\ndanke für die Fotos. Ich frage beim Boten nach und in der Werkstatt, ob es "
     "den Schirm in dieser Farbe noch gibt.\n\nViele Grüße\nJonas Keller"),
    (MARIA, 20, "Das hilft mir nicht, die Lampe ist immer noch kaputt. Bitte prüfen Sie das noch einmal und sagen Sie "
     "mir, wann die neue kommt.\n\nMaria"),
    (MARIA, 44, "Gibt es etwas Neues?\n\nAm 03.03.2026 um 18:02 schrieb Jonas Keller:\n> danke für die Fotos."),
)  # fmt: skip
GERMAN_REPLY = (
    "Guten Tag Frau Lopez,\n\ndie Werkstatt hat doch noch einen Schirm in dieser Farbe. Er geht am Mittwoch los und "
    "braucht einen Tag; ab morgen sehen Sie unter https://shop.example/track/4711-22, wo er ist. Der kaputte muss "
    "nicht zurück: behalten Sie ihn, oder werfen Sie ihn weg.\n\nWenn Ihnen das Geld für die ganze Lampe lieber ist, "
    "sagen Sie es mir, dann überweise ich es noch am selben Tag. Passt Ihnen Donnerstag vor zwölf?\n\n"
)


Past = tuple[tuple[Person, float, str], ...]


def fresh(text: str, number: int) -> str:
    """The text with a number in every sentence, so that none of them was seen before."""
    return re.sub(r"(?=[.?!]\s)|,(?=\s)", f" {number}", text)


def ticket(past: Past, reply: str) -> Ticket:
    """The conversation, told anew: nothing is remembered in it."""
    said = (*past, (JONAS, 45, reply))
    changes = tuple(_change(str(number), *one) for number, one in enumerate(said, start=1))
    return Ticket(
        helpdesk="zendesk", account="acme", id="42", subject="Lamp", status=Status.OPEN, requester=MARIA,
        created_at=START, updated_at=changes[-1].at, changes=changes,
    )  # fmt: skip


def _change(change_id: str, actor: Person, hours: float, text: str) -> Change:
    comment = Comment(id=f"m{change_id}", visibility=Visibility.PUBLIC, text=text)
    at = START + timedelta(hours=hours)
    return Change(id=change_id, at=at, actor=actor, via=Via.WEB, comment=comment)


def as_if_stable(rulebook: Rulebook) -> Rulebook:
    """The rulebook with every policy in force."""
    policies = tuple(
        replace(policy, status="stable", modes=dict.fromkeys(policy.modes, Mode.OBSERVE))
        for policy in rulebook.policies
    )
    return replace(rulebook, policies=policies)


def milliseconds(past: Past, reply: str, rulebook: Rulebook, times: int, *, is_past_known: bool) -> list[float]:
    """What judging the last change of a new ticket took, each time, shortest first."""
    taken = []
    for _ in range(times):
        known = ticket(past, "")
        if is_past_known:
            judge(rulebook, known, known.changes[-2], known.updated_at)
        said = past if is_past_known else tuple((who, at, fresh(text, next(NUMBERS))) for who, at, text in past)
        told = ticket(said, fresh(reply, next(NUMBERS)))
        begun = time.process_time_ns()
        judge(rulebook, told, told.changes[-1], told.updated_at)
        taken.append((time.process_time_ns() - begun) / 1e6)
    return sorted(taken)


def measure(folder: Path) -> dict[str, float]:
    """Every figure by its name, with the unit in it; loaded as the service loads it."""
    before = _resident_mib()
    loads, rulebook = [], as_if_stable(load_folder(folder))
    gc.collect()
    memory = _resident_mib() - before
    (first,) = milliseconds(ENGLISH, ENGLISH_REPLY, rulebook, 1, is_past_known=False)
    for _ in range(ROUNDS):
        begun = time.process_time_ns()
        load_folder(folder)
        loads.append((time.process_time_ns() - begun) / 1e6)
    figures = {"load_ms": statistics.median(loads), "rulebook_mib": memory, "first_ms": first}
    for language, past, reply in (("english", ENGLISH, ENGLISH_REPLY), ("german", GERMAN, GERMAN_REPLY)):
        figures |= {f"{language}_{name}": value for name, value in _judging(rulebook, past, reply).items()}
    return figures


def _judging(rulebook: Rulebook, past: Past, reply: str) -> dict[str, float]:
    """What one change takes, with a reply of 2 KB and with one of 64 KiB."""
    short = _as_long(reply, 2_000) + "\n\nJonas Keller"
    known = [milliseconds(past, short, rulebook, 100, is_past_known=True) for _ in range(ROUNDS)]
    new = [milliseconds(past, short, rulebook, 50, is_past_known=False) for _ in range(ROUNDS)]
    long = milliseconds(past, _as_long(reply, 64 * 1024), rulebook, ROUNDS, is_past_known=True)
    return {
        "2kb_next_ms": statistics.median(statistics.median(taken) for taken in known),
        "2kb_next_p99_ms": statistics.median(taken[int(0.99 * len(taken))] for taken in known),
        "2kb_new_ms": statistics.median(statistics.median(taken) for taken in new),
        "64kib_ms": statistics.median(long),
    }


def _as_long(text: str, characters: int) -> str:
    """The text said again and again, no sentence twice alike."""
    said = "".join(fresh(text, again) for again in range(characters // len(text) + 1))
    return said[:characters]


def _resident_mib() -> float:
    """Memory of this process that is in use; Linux only."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 1024 / 1024


def main() -> None:
    """Reads the arguments, measures, prints."""
    means, _, more = (__doc__ or "").partition("\n\n")
    arguments = argparse.ArgumentParser(
        description=means, epilog=more, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--json", action="store_true", help="print JSON for programs")
    arguments.add_argument("--policies", type=Path, metavar="DIR", default=SHIPPED, help="the policies to judge by")
    asked = arguments.parse_args()
    figures = measure(asked.policies)
    if asked.json:
        print(msgspec.json.encode({name: round(value, 3) for name, value in figures.items()}).decode())
        return
    for name, value in figures.items():
        sys.stdout.write(f"{name:24}{value:10.2f}\n")


if __name__ == "__main__":
    main()
