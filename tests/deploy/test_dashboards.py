"""Grafana's dashboards: written from their tables, and fit for Grafana and Prometheus."""

import re
import runpy
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml
from grafana_foundation_sdk.models import units

sys.path.insert(0, str(Path(__file__).parent))
from dashboards import GRAFANA, boards, panels, queries
from tools import tool

PROVISIONING = GRAFANA / "provisioning"
UNITS = {value for name, value in vars(units).items() if name[0].isupper() and isinstance(value, str)}


def test_the_committed_dashboards_are_what_the_generator_writes() -> None:
    """Somebody who edits one by hand would lose it at the next change of a table."""
    written = dict(runpy.run_path(str(GRAFANA / "generate.py"))["written"]())

    assert {path.name: path.read_text(encoding="utf-8") for path in (GRAFANA / "dashboards").iterdir()} == written


def test_there_are_four_dashboards_each_at_an_address_that_stays() -> None:
    assert {board["uid"] for board in boards().values()} == {
        "ombuds-alive",
        "ombuds-doing",
        "ombuds-trusted",
        "ombuds-helping",
    }


def test_prometheus_can_read_every_expression(tmp_path: Path) -> None:
    """What promtool reads are rules, so each expression becomes one."""
    rules = [{"record": f"panel:{number}", "expr": query.expression} for number, query in enumerate(queries())]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))

    promtool = tool("promtool", "prometheus")
    checked = subprocess.run([promtool, "check", "rules", file], capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(("board", "panel"), [pytest.param(*it, id=f"{it[0]}: {it[1]['title']}") for it in panels()])
def test_a_panel_tells_what_it_shows_and_what_good_looks_like(board: str, panel: dict[str, object]) -> None:
    """Whoever is paged at night has never seen it before."""
    assert panel["title"]
    assert re.search(r"\bgood\b", str(panel["description"]), re.IGNORECASE)
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS  # type: ignore[index]
    assert panel["targets"]


@pytest.mark.parametrize(("board", "panel"), [pytest.param(*it, id=f"{it[0]}: {it[1]['title']}") for it in panels()])
def test_a_panel_asks_the_picked_source_for_the_picked_jobs_and_instances(board: str, panel: dict[str, object]) -> None:
    for target in panel["targets"]:  # type: ignore[attr-defined]
        expression = target["expr"]
        selectors = re.findall(r"\b(?:up|(?:ombuds|process)_\w+)\b(\{[^}]*\})?", expression)

        assert target["datasource"] == panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert selectors
        assert all('job=~"$job", instance=~"$instance"' in selector for selector in selectors)
        assert set(re.findall(r"\[([^]]*)]", expression)) <= {"$__rate_interval", "$__range"}
        assert "$here" not in expression


def test_a_panel_links_to_the_section_of_an_alert_that_there_is() -> None:
    rules = yaml.safe_load((GRAFANA.parent / "prometheus" / "ombuds.alerts.yml").read_text(encoding="utf-8"))
    sections = {f"${{runbook}}#{rule['alert'].lower()}" for group in rules["groups"] for rule in group["rules"]}

    linked = {link["url"] for _, panel in panels() for link in panel.get("links", ())}

    assert linked
    assert linked <= sections


def test_panels_of_a_dashboard_are_told_apart_and_do_not_lie_on_each_other() -> None:
    for board in boards().values():
        places = Counter(
            (x, y)
            for panel in board["panels"]
            for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
            for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
        )

        assert max(places.values()) == 1
        assert max(x for x, _ in places) < 24
        assert max(Counter(panel["id"] for panel in board["panels"]).values()) == 1


def test_what_is_provisioned_is_where_grafana_looks_for_it() -> None:
    """The paths that a container mounts, and the data source that the variable picks first."""
    [source] = yaml.safe_load((PROVISIONING / "datasources" / "prometheus.yaml").read_text())["datasources"]
    [provider] = yaml.safe_load((PROVISIONING / "dashboards" / "ombuds.yaml").read_text())["providers"]
    variables = [it["name"] for board in boards().values() for it in board["templating"]["list"]]

    assert (source["type"], source["isDefault"]) == ("prometheus", True)
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"
    assert variables == ["datasource", "job", "instance", "runbook"] * 4
