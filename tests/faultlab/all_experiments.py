"""Every experiment, and every run of a mode."""

from collections.abc import Iterator

from experiment import Control, Experiment
from table_freshdesk import AT_FRESHDESK
from table_processes import PROCESSES
from table_stores import STORES
from table_wires import WIRES

EXPERIMENTS = (*PROCESSES, *WIRES, *STORES, *AT_FRESHDESK)
Case = tuple[Experiment, str, Control | None]


def cases(*, is_long: bool, has_controls: bool = True) -> Iterator[Case]:
    """Every run of a mode: experiment, backend, and the sabotage if there is one.

    The short mode sabotages a promise on one backend alone.
    """
    for experiment in EXPERIMENTS:
        for number, backend in enumerate(experiment.backends if is_long else experiment.short_on):
            is_controlled = has_controls and (is_long or number == 0)
            for control in (None, *experiment.controls) if is_controlled else (None,):
                yield experiment, backend, control
