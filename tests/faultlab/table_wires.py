"""Experiments that break what lies between the service and others, and the others themselves."""

import poison
import wires
from controls import GIVES_UP, LOST, NO_DEDUP, NO_READBACK, ONLY_POSTGRESQL
from experiment import Control, Experiment, Size
from sender import Manners

WIRES = (
    Experiment(
        name="note-answer-lost",
        promise="After an unclear answer Ombuds looks before it writes again",
        breaks="three of ten writes are carried out and their answers lost",
        fault=wires.lose_notes_answers,
        short=Size(sends=60),
        long=Size(sends=1_000),
        controls=(NO_READBACK,),
    ),
    Experiment(
        name="ack-lost",
        promise="A webhook that comes again is the same webhook",
        breaks="three of ten acks are lost on the way, so that their sender tries again",
        fault=wires.lose_acks,
        short=Size(sends=60),
        long=Size(sends=1_000),
        controls=(
            NO_DEDUP,
            Control(
                name="no-retries", finds=frozenset({"never_acknowledged"}), plan={"manners": Manners(retries=False)}
            ),
        ),
    ),
    Experiment(
        name="duplicates",
        promise="Copies and wrong order do no harm",
        breaks="each webhook is sent three times at once, up to half a second late",
        fault=wires.send,
        plan={"manners": Manners(copies=3, latest_s=0.5)},
        short_on=ONLY_POSTGRESQL,
        short=Size(sends=60),
        long=Size(sends=1_000),
        controls=(NO_DEDUP,),
    ),
    Experiment(
        name="hot-ticket",
        promise="One busy ticket does not hold up the others",
        breaks="one ticket gets as many webhooks at once as all others together",
        fault=wires.heat_one_ticket,
        short=Size(sends=200, rate=40),
        long=Size(sends=5_000, rate=60),
        controls=(Control(name="one_delivery_a_visit", finds=frozenset({"visits_not_shared"})),),
    ),
    Experiment(
        name="bad-tickets",
        promise="A ticket that cannot be visited holds up nobody, is parked with a reason, and can be replayed",
        breaks="four tickets are answered with 500, a page instead of JSON, 403 and 404, until they are replayed",
        fault=poison.spoil_some,
        plan={"work": poison.LONG_RETRIES},
        short=Size(sends=40),
        long=Size(sends=100),
        controls=(Control(name="never_lets_go", finds=LOST),),
    ),
    Experiment(
        name="replay",
        promise="What is replayed is done once, also when it was half done before",
        breaks="notes arrive, their answers do not, all is given up, and replayed twice with SIGKILLs in between",
        fault=poison.replay_under_fire,
        plan={"accident": "gives_up_at_once", "work": {"breaker_after": 0}},
        short=Size(sends=40),
        long=Size(sends=1_000),
        controls=(NO_READBACK,),
    ),
    Experiment(
        name="helpdesk-away",
        promise="A helpdesk that is away is waited for",
        breaks="the helpdesk refuses connections, answers nothing, answers 503, in turns",
        fault=wires.take_the_helpdesk_away,
        short=Size(repeats=1, sends=80),
        long=Size(repeats=20, sends=200),
        controls=(GIVES_UP,),
    ),
    Experiment(
        name="rate-limit",
        promise="Nobody asks before the time the helpdesk named",
        breaks="429 with Retry-After, fifteen times",
        fault=wires.limit_the_rate,
        short_on=ONLY_POSTGRESQL,
        short=Size(repeats=1, sends=60),
        long=Size(repeats=20, sends=60),
        controls=(Control(name="ignores_retry_after", finds=frozenset({"asked_too_early"})),),
    ),
    Experiment(
        name="bad-wires",
        promise="Slow, narrow and breaking connections cost time and nothing else",
        breaks="latency, 200 kB/s, half-closed and reset connections on both sides",
        fault=wires.torture_the_wires,
        short=Size(repeats=1, sends=80),
        long=Size(repeats=20, sends=80),
        controls=(GIVES_UP,),
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
