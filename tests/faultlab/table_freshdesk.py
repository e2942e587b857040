"""The main experiments once more at Freshdesk, which numbers, marks and limits in other ways than Zendesk."""

from dataclasses import replace

import kills
import wires
from controls import EARLY_ACK, GIVES_UP, NO_DEDUP, NO_READBACK, ONLY_SQLITE
from experiment import Control, Experiment, Size
from sender import Manners
from vendors import FRESHDESK


def _there(experiment: Experiment) -> Experiment:
    """The experiment at Freshdesk."""
    return replace(
        experiment,
        name=f"freshdesk-{experiment.name}",
        breaks=f"Freshdesk: {experiment.breaks}",
        plan={**experiment.plan, "vendor": FRESHDESK},
    )


AT_FRESHDESK = tuple(
    _there(experiment)
    for experiment in (
        Experiment(
            name="random-kill",
            promise="What was answered with 2xx is judged once, and noted once",
            breaks="SIGKILL of any process at a random moment, under load, and a restart",
            fault=kills.kill_at_random,
            short=Size(repeats=2, rate=15),
            long=Size(repeats=200, rate=15),
            controls=(EARLY_ACK,),
        ),
        Experiment(
            name="kill-after-note",
            promise="A note that arrived is not written again",
            breaks="SIGKILL of all workers between the helpdesk's doing and its answer",
            fault=kills.kill_after_writing,
            short_on=(),
            long=Size(repeats=60, sends=20),
            controls=(NO_READBACK,),
        ),
        Experiment(
            name="note-answer-lost",
            promise="After an unclear answer Ombuds looks before it writes again",
            breaks="three of ten notes are written and their answers lost",
            fault=wires.lose_notes_answers,
            short=Size(sends=40),
            long=Size(sends=1_000),
            controls=(NO_READBACK,),
        ),
        Experiment(
            name="duplicates",
            promise="Copies and wrong order do no harm",
            breaks="each webhook is sent three times at once, up to half a second late",
            fault=wires.send,
            plan={"manners": Manners(copies=3, latest_s=0.5)},
            short_on=(),
            long=Size(sends=1_000),
            controls=(NO_DEDUP,),
        ),
        Experiment(
            name="helpdesk-away",
            promise="A helpdesk that is away is waited for",
            breaks="the helpdesk refuses connections, answers nothing, answers 503, while it is also compared with",
            fault=wires.take_the_helpdesk_away,
            plan={"work": {"reconcile_s": 1}},
            short_on=(),
            long=Size(repeats=20, sends=200),
            controls=(GIVES_UP,),
        ),
        Experiment(
            name="rate-limit",
            promise="Nobody asks before the time the helpdesk named",
            breaks="another app uses up the account's requests of a minute, and everybody gets 429 until the next",
            fault=wires.use_up_the_limit,
            plan={"requests_per_minute": 600},
            short_on=ONLY_SQLITE,
            short=Size(sends=30),
            long=Size(repeats=5, sends=60),
            controls=(Control(name="ignores_retry_after", finds=frozenset({"asked_too_early"})),),
        ),
        Experiment(
            name="missed-webhooks",
            promise="What no webhook told of is found by comparing",
            breaks="three of ten changes are never told",
            fault=wires.skip_webhooks,
            plan={"manners": Manners(skipped=0.3), "work": {"reconcile_s": 2}},
            short_on=(),
            long=Size(sends=200),
            controls=(Control(name="no-comparing", finds=frozenset({"missed"}), plan={"work": {}}),),
        ),
    )
)
