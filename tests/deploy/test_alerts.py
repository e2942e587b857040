"""The alerts, asked of Prometheus itself: each fires when it should, and keeps quiet when it nearly should."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from service.app import create_app
from service.secret import Secret
from service.settings import Settings, StoreSettings
from service.settings_gate import GateSettings
from service.settings_helpdesks import ZendeskSettings

sys.path.insert(0, str(Path(__file__).parent))
from tools import tool

DEPLOY = Path(__file__).parents[2] / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
RULES = [PROMETHEUS / "ombuds.rules.yml", PROMETHEUS / "ombuds.alerts.yml"]
CASES: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "alerts.yml").read_text())
RUNBOOK = "https://wiki.example/runbook.md"


def rules() -> Iterator[dict[str, Any]]:
    for file in RULES:
        for group in yaml.safe_load(file.read_text())["groups"]:
            yield from group["rules"]


ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}


def promtool(*arguments: object, given: bytes | None = None) -> subprocess.CompletedProcess[str]:
    command = [tool("promtool", "prometheus"), *map(str, arguments)]
    done = subprocess.run(command, input=given, capture_output=True, check=False)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_prometheus_and_alertmanager_take_the_files_as_they_are() -> None:
    checked = promtool("check", "config", PROMETHEUS / "prometheus.yml")
    amtool = tool("amtool", "prometheus-alertmanager")
    routed = subprocess.run(
        [amtool, "check-config", PROMETHEUS / "alertmanager.yml"], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(ALERTS)} rules found" in checked.stdout
    assert routed.returncode == 0, routed.stdout + routed.stderr


def test_every_alert_was_seen_to_fire_and_to_keep_quiet(tmp_path: Path) -> None:
    tests = [_fires(name, case["fires"]) for name, case in CASES.items()]
    tests += [_quiet(name, case["quiet"]) for name, case in CASES.items()]
    file = tmp_path / "alerts.test.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(rule) for rule in RULES], "tests": tests}))

    done = promtool("test", "rules", file)

    assert CASES.keys() == ALERTS.keys()
    assert done.returncode == 0, done.stdout + done.stderr


def _fires(name: str, case: dict[str, Any]) -> dict[str, Any]:
    labels = {"alertname": name, "alertstate": "firing", **ALERTS[name]["labels"], **case["labels"]}
    told = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return _test(f"{name} fires", _firing(name), case, [{"labels": f"ALERTS{{{told}}}", "value": 1}])


def _quiet(name: str, case: dict[str, Any]) -> dict[str, Any]:
    return _test(f"{name} keeps quiet", f"count_over_time({_firing(name)}[12h])", case, [])


def _firing(name: str) -> str:
    return f'ALERTS{{alertname="{name}",alertstate="firing"}}'


def _test(title: str, expression: str, case: dict[str, Any], samples: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": title,
        "interval": "1m",
        "input_series": [{"series": series, "values": str(values)} for series, values in case["series"].items()],
        "promql_expr_test": [{"expr": expression, "eval_time": case["at"], "exp_samples": samples}],
    }


def test_what_an_alert_tells_is_filled_in_and_leads_to_the_runbook(tmp_path: Path) -> None:
    """The operator says once where the runbook is published."""
    name, case = "OmbudsWebhooksSilent", CASES["OmbudsWebhooksSilent"]["fires"]
    annotations = {
        "summary": "zendesk has stopped sending webhooks for acme",
        "description": ALERTS[name]["annotations"]["description"],
        "runbook_url": f"{RUNBOOK}#ombudswebhookssilent",
    }
    told = {"exp_labels": {**case["labels"], "severity": "page"}, "exp_annotations": annotations}
    test = _fires(name, case) | {"external_labels": {"runbook": RUNBOOK}}
    test["alert_rule_test"] = [{"eval_time": case["at"], "alertname": name, "exp_alerts": [told]}]
    file = tmp_path / "told.test.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(rule) for rule in RULES], "tests": [test]}))

    done = promtool("test", "rules", file)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_says_whom_it_wakes_what_it_means_for_customers_and_where_to_read_on() -> None:
    for name, rule in ALERTS.items():
        told = rule["annotations"]
        used = set(re.findall(r"\$labels\.(\w+)", told["summary"] + told["description"]))

        assert rule["labels"]["severity"] in ("page", "ticket"), name
        assert told["runbook_url"] == f"{{{{ $externalLabels.runbook }}}}#{name.lower()}"
        assert "customer" in told["description"].lower(), name
        assert used - {"role"} <= CASES[name]["fires"]["labels"].keys(), f"{name} names labels that it has not"


def test_every_alert_has_a_section_in_the_runbook_and_every_section_an_alert() -> None:
    headings = re.findall(r"^## (Ombuds\w+)$", (DEPLOY / "runbook.md").read_text(), re.MULTILINE)

    assert headings == list(ALERTS)


@pytest.fixture(scope="module")
def exposition(tmp_path_factory: pytest.TempPathFactory) -> str:
    """`/metrics` of the real service, just started."""
    account = ZendeskSettings(
        account="acme",
        base_url="http://127.0.0.1:1",
        email="bot@acme.example",
        api_token=Secret("token"),
        webhook_secrets=(Secret("secret"),),
        gate=GateSettings(secrets=(Secret("secret"),)),
    )
    store = StoreSettings(url=f"sqlite:///{tmp_path_factory.mktemp('store')}/ombuds.db")
    app = create_app(Settings(store=store, helpdesks=(account,)))

    async def scrape() -> str:
        transport = httpx.ASGITransport(app=app)
        async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport) as client:
            return (await client.get("http://ombuds/metrics")).text

    return asyncio.run(scrape())


def test_prometheus_finds_nothing_to_mend_in_what_is_exposed(exposition: str) -> None:
    checked = promtool("check", "metrics", given=exposition.encode())

    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_every_metric_that_rules_ask_for_is_exposed(exposition: str) -> None:
    """A metric that was renamed would leave its alert silent for ever."""
    exposed = _exposed(exposition)
    asked = [found for rule in rules() for found in re.findall(r"(?<![:\w])(ombuds_\w+)(?:\{([^}]*)\})?", rule["expr"])]

    assert len(asked) > len(ALERTS)
    for metric, selector in asked:
        assert metric in exposed, f"{metric} does not exist"
        samples = exposed[metric]  # accounts that nothing came for have none yet
        for label, operator, value in re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', selector) if samples else ():
            values = {labels.get(label) for labels in samples} - {None}
            assert value in values if operator == "=" else values, f"{metric} never has {label}{operator}{value}"


def test_every_recorded_name_that_rules_ask_for_is_recorded() -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    asked = {name for rule in rules() for name in re.findall(r"\b\w+:ombuds_\w+:\w+", rule["expr"])}

    assert asked <= recorded


def _exposed(exposition: str) -> dict[str, list[dict[str, str]]]:
    """The labels of all samples, by the name that a query uses; those of metrics without samples too."""
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(exposition):
        found.setdefault(f"{family.name}_total" if family.type == "counter" else family.name, [])
        for sample in family.samples:
            found.setdefault(sample.name, []).append(dict(sample.labels))
    return found
