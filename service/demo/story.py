"""The story of the demo: who takes part, what they write, and what Ombuds is expected to see and undo."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from policies.ticket import Status

BEGINS = datetime(2026, 3, 2, 8, 10, tzinfo=UTC)
"""A Monday."""
ACCOUNT = "pageturner"
SUBJECT = "My books do not open"
MAILBOX = "support@pageturner.example"
DISTRIBUTION_LIST = "ecr-replies@pageturner.example"
MODES = """\
# What this desk decided for itself, without touching the policies that came with Ombuds.
format: 1
modes:
  closed-without-agreement: {draft: block, event: block}
"""


class Who(StrEnum):
    """Who acts in a scene."""

    READER = "Ines Calder"
    ROWAN = "Rowan Pell"
    SASHA = "Sasha Marsh"
    CLOCK = "the clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One thing that happens. `after`: how long after the scene before."""

    who: Who
    does: str
    """Continues the sentence that begins with the name."""
    after: timedelta = timedelta()
    text: str = ""
    sender: str | None = None
    status: Status | None = None
    is_prepared: bool = False
    expected: frozenset[str] = frozenset()
    """The policies that must be violated, and no others."""
    reopened: bool = False
    """Whether the ticket must be open again afterwards."""
    untagged: bool = False
    """Whether the tag of the prepared text must be gone afterwards."""
    remark: str = ""
    """What a reader may wonder about."""


PREPARED_TITLE = "Account::Terminate"
PREPARED_TAG = "account_terminated"
LETTER = """\
Dear reader,

We have closed your account and removed its library because it is connected to an account that was closed \
before. This decision is final.

Account Review Team"""

WRITES = Scene(
    who=Who.READER,
    does="writes to support: none of her books opens.",
    text="""\
Hello, since this morning none of my books opens on my reader. It only says that there is a problem with my \
library. Can you tell me what to do?

Ines Calder""",
)
WIPES = Scene(
    who=Who.ROWAN,
    after=timedelta(hours=1, minutes=20),
    does=f"answers with the prepared text {PREPARED_TITLE}, sent from {DISTRIBUTION_LIST}.",
    text=LETTER,
    sender=DISTRIBUTION_LIST,
    status=Status.PENDING,
    is_prepared=True,
    expected=frozenset(
        {
            "termination-macro",
            "termination-without-warning",
            "termination-without-call",
            "termination-without-second-look",
            "termination-no-way-back",
            "no-recourse",
            "impersonal-reply",
            "distro-sender",
        }
    ),
    untagged=True,
    remark=f"The tag {PREPARED_TAG} is what would have told the shop's other systems to wipe her library.",
)
ASKS = Scene(
    who=Who.READER,
    after=timedelta(minutes=35),
    does="asks what happened, and for another look.",
    text="""\
I do not understand. What happened? I have one account, I have had it for nine years, and there are 214 books in \
it that I paid for. Nobody warned me. Please look at my account again and tell me which other account you mean.

Ines Calder""",
)
BRUSHES_OFF = Scene(
    who=Who.SASHA,
    after=timedelta(hours=5, minutes=35),
    does="sends a terse form letter from the same address.",
    text="""\
Dear reader,

As we told you before, your account was closed in line with our terms. We have nothing to add.

Account Review Team""",
    sender=DISTRIBUTION_LIST,
    status=Status.PENDING,
    expected=frozenset({"distro-sender", "brushed-off-reconsideration", "no-recourse", "terse-brush-off"}),
    remark="Recorded, without a second note: one a day for each policy and ticket is enough.",
)
ASKS_AGAIN = Scene(
    who=Who.READER,
    after=timedelta(minutes=40),
    does="asks again.",
    text="""\
That does not answer my question. I still do not know what I am supposed to have done. Could a person please \
reconsider this decision and write to me?

Ines Calder""",
)
CLOSES = Scene(
    who=Who.SASHA,
    after=timedelta(minutes=45),
    does="closes the case.",
    text="""\
Dear reader,

Thank you for your message. We now consider this case closed.

Account Review Team""",
    sender=DISTRIBUTION_LIST,
    status=Status.SOLVED,
    expected=frozenset(
        {
            "closed-without-agreement",
            "distro-sender",
            "brushed-off-reconsideration",
            "no-recourse",
            "terse-brush-off",
        }
    ),
    reopened=True,
)
NIGHT = Scene(
    who=Who.CLOCK,
    after=timedelta(hours=24),
    does="moves on by 24 hours. Nobody touches the ticket.",
    expected=frozenset({"unanswered-reconsideration"}),
)

WHOLE = (WRITES, WIPES, ASKS, BRUSHES_OFF, ASKS_AGAIN, CLOSES, NIGHT)
SHORT = (WRITES, WIPES, ASKS, CLOSES, NIGHT)
