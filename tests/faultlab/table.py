"""Every experiment, as a table."""

from experiment import POSTGRESQL, SQLITE, Control, Experiment, Size
from kills import kill_at_random

EXPERIMENTS = (
    Experiment(
        name="random-kill",
        promise="A webhook that was answered with 2xx is judged once, and noted once.",
        breaks="SIGKILL of any process at a random moment, under load, and a restart; again and again",
        fault=kill_at_random,
        short=Size(repeats=4, rate=25),
        long=Size(repeats=200, rate=20),
        controls=(Control(name="ack_before_commit", finds=frozenset({"lost"})),),
    ),
)

BY_NAME = {experiment.name: experiment for experiment in EXPERIMENTS}
__all__ = ["BY_NAME", "EXPERIMENTS", "POSTGRESQL", "SQLITE"]
