#!/usr/bin/env python3
"""Writes dashboards/*.json for Grafana from the tables in panels/*.yaml, which say everything there is to say.

    .venv/bin/python deploy/grafana/generate.py

A panel's `show` is lines, bars (one for each series, over the picked range) or number (as of now). `colours` gives the
value from which each colour holds, the first one without; `words` are shown in place of values; `alert` is the one that
the panel explains, and links to its section of the runbook. In an expression, `$here` stands for the picked jobs and
instances.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
    VariableRefresh,
)

HERE = Path(__file__).parent
RUNBOOK = "https://wiki.acme.example/ombuds/runbook.md"
"""Where you publish deploy/runbook.md: one value in each dashboard, its variable `runbook`."""
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
PICKED = 'job=~"$job", instance=~"$instance"'
WIDTHS = {"number": 4, "lines": 8, "bars": 8}
HEIGHTS = {"number": 4, "lines": 8, "bars": 8}


def written() -> Iterator[tuple[str, str]]:
    """The name and the text of each dashboard's file."""
    for table in sorted((HERE / "panels").glob("*.yaml")):
        board = _dashboard(yaml.safe_load(table.read_text(encoding="utf-8"))).build()
        yield f"{board.uid}.json", json.dumps(board, cls=JSONEncoder, indent=2, sort_keys=True) + "\n"


def _dashboard(table: dict[str, Any]) -> dashboard.Dashboard:
    board = (
        dashboard.Dashboard(table["title"])
        .uid(table["uid"])
        .description(table["description"])
        .tags(["ombuds"])
        .time(f"now-{table['since']}", "now")
        .timezone("browser")
        .refresh("1m")
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .link(dashboard.DashboardLink("The other dashboards").type(DashboardLinkType.DASHBOARDS).tags(["ombuds"])
              .as_dropdown(True).include_vars(True).keep_time(True).icon("external link"))
        .link(dashboard.DashboardLink("Runbook").type(DashboardLinkType.LINK).url("${runbook}").target_blank(True).icon("doc"))
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_variable(_picked("job", "ombuds_build_info"))
        .with_variable(_picked("instance", 'ombuds_build_info{job=~"$job"}'))
        .with_variable(dashboard.ConstantVariable("runbook").value(RUNBOOK))
    )  # fmt: skip
    numbers = itertools.count(1)
    for row in table["rows"]:
        board.with_row(dashboard.Row(row["row"]).id(next(numbers)))
        for panel in row["panels"]:
            board.with_panel(_panel(panel, table.get("interval")).id(next(numbers)))
    return board


def _picked(label: str, series: str) -> dashboard.QueryVariable:
    """A variable with all values of a label, and all of them picked."""
    return (
        dashboard.QueryVariable(label)
        .label(label.capitalize())
        .datasource(SOURCE)
        .query({"query": f"label_values({series}, {label})", "refId": label})
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(".*")
    )


def _lines(_: dict[str, Any]) -> timeseries.Panel:
    legend = (
        common.VizLegendOptions().display_mode(shapes.LegendDisplayMode.LIST).placement(shapes.LegendPlacement.BOTTOM)
    )
    tooltip = common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.MULTI).sort(shapes.SortOrder.DESCENDING)
    area = common.GraphThresholdsStyleConfig().mode(shapes.GraphTresholdsStyleMode.DASHED)
    return timeseries.Panel().fill_opacity(10).legend(legend.show_legend(True)).tooltip(tooltip).thresholds_style(area)


def _bars(_: dict[str, Any]) -> bargauge.Panel:
    last = common.ReduceDataOptions().calcs(["lastNotNull"])
    return bargauge.Panel().orientation(shapes.VizOrientation.HORIZONTAL).reduce_options(last)


def _number(panel: dict[str, Any]) -> stat.Panel:
    last = common.ReduceDataOptions().calcs(["lastNotNull"])
    text = shapes.BigValueTextMode.NAME if panel.get("shows_name") else shapes.BigValueTextMode.AUTO
    return stat.Panel().graph_mode(shapes.BigValueGraphMode.NONE).text_mode(text).reduce_options(last)


SHOWN: dict[str, Callable[[dict[str, Any]], Any]] = {"lines": _lines, "bars": _bars, "number": _number}


def _panel(panel: dict[str, Any], interval: str | None) -> Any:
    show = panel["show"]
    built = (
        SHOWN[show](panel)
        .title(panel["title"])
        .description(panel["description"])
        .datasource(SOURCE)
        .unit(panel["unit"])
        .min(0)
        .height(HEIGHTS[show])
        .span(panel.get("width", WIDTHS[show]))
        .thresholds(_thresholds(panel.get("colours", {"green": None})))
    )
    if interval and show == "lines":
        built.interval(interval)
    if words := panel.get("words"):
        built.mappings([ValueMap(options={str(value): ValueMappingResult(text=word) for value, word in words.items()})])
    if alert := panel.get("alert"):
        built.links([dashboard.DashboardLink("Runbook").url(f"${{runbook}}#{alert.lower()}").target_blank(True)])
    for letter, (legend, expression) in zip("ABCD", panel["queries"].items(), strict=False):
        built.with_target(_query(letter, legend, expression, is_instant=show != "lines"))
    return built


def _thresholds(colours: dict[str, float | None]) -> dashboard.ThresholdsConfig:
    steps = [Threshold(value=value, color=colour) for colour, value in colours.items()]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _query(letter: str, legend: str, expression: str, *, is_instant: bool) -> prometheus.Dataquery:
    text = " ".join(expression.split()).replace("$here", PICKED)
    query = prometheus.Dataquery().ref_id(letter).datasource(SOURCE).expr(text).legend_format(legend)
    return query.instant() if is_instant else query.range()


if __name__ == "__main__":
    for name, text in written():
        (HERE / "dashboards" / name).write_text(text, encoding="utf-8")
        print(f"wrote dashboards/{name}")
