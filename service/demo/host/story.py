"""What the agent view of the demo holds: who works there, what customers ask, and what the shop has declared."""

from dataclasses import dataclass

from service.demo.story import Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A ticket as a customer opens it."""

    who: str
    subject: str
    text: str


PEOPLE = (
    (Who.ROWAN, "rowan@pageturner.example", ("support",)),
    ("Noor Haddad", "noor@pageturner.example", ("review",)),
)
DISCOUNT = Opened(
    who="Jonas Brandt",
    subject="Full price at the till",
    text="""\
Hello, I ordered two novels and paid the full price. Is there no student discount any more?

Jonas Brandt""",
)
BULLETIN = """\
# What this shop has declared, so that nobody has to guess.
format: 1
owner: customer-communication
bulletins:
  - id: student-discount-ended
    title: The student discount has ended
    kind: took_away
    changed: Students no longer get ten per cent off; the discount was taken out of the shop.
    since: 2026-02-01T00:00:00+01:00
    for: all students
    aliases: [student discount, students' discount, discount for students]
    asked_like:
      - Why did I not get the student discount?
    said_like:
      - Students get ten per cent off.
    answer: >-
      The student discount ended on 31 January 2026 and is not coming back. Books that you pre-ordered before that day
      still come at the old price.
    announced:
      - {where: letter to all students, date: 2026-02-01}
    tests:
      asks: ["Is there no student discount any more?"]
      not: ["My parcel has not arrived."]
      contradicts: ["The student discount still applies."]
      tells: ["The student discount ended in January."]
"""
GREETING = """\
A pretend Zendesk with Ombuds beside the ticket: [bold]{url}[/bold]

  1. Reply [bold]Your account has been closed. This decision is final.[/bold] and press Submit.
     Ombuds stops it, shows the words that did it, and says what helps.
  2. Take the words away and submit as Solved: she has had no answer, so this is
     stopped too. Ask for a second look, choose Noor Haddad under "You are", and
     approve with an internal note, as the note on the ticket says. Then you may
     submit as Rowan.
  3. Choose the other ticket: the shop has declared something, and Ombuds offers
     the answer.

Nothing leaves this machine; nothing is left behind.
[bold]Press Ctrl-C to stop everything.[/bold]"""
