"""The committed dashboards, as tests ask them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GRAFANA = Path(__file__).parents[2] / "deploy" / "grafana"
WINDOW = "5m"
"""What stands for the range that somebody picks, and for the interval that Grafana reckons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One expression of a panel, as Prometheus is asked."""

    board: str
    panel: str
    legend: str
    unit: str
    expression: str

    @property
    def place(self) -> str:
        """Where somebody finds it."""
        return f"{self.board} / {self.panel} / {self.legend}"


def boards() -> dict[str, dict[str, Any]]:
    """Every dashboard by its file's name."""
    files = sorted((GRAFANA / "dashboards").glob("*.json"))
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in files}


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every panel with the uid of its dashboard; rows are none."""
    for board in boards().values():
        yield from ((board["uid"], panel) for panel in board["panels"] if panel["type"] != "row")


def queries() -> list[Query]:
    """Every query, its variables replaced as Grafana would with everything picked."""
    return [
        Query(
            board=board,
            panel=panel["title"],
            legend=target["legendFormat"],
            unit=panel["fieldConfig"]["defaults"]["unit"],
            expression=_asked(target["expr"]),
        )
        for board, panel in panels()
        for target in panel["targets"]
    ]


def _asked(expression: str) -> str:
    values = {"$__rate_interval": WINDOW, "$__range": WINDOW, "$job": ".*", "$instance": ".*"}
    for name, value in values.items():
        expression = expression.replace(name, value)
    return expression
