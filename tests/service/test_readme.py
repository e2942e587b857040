"""What the README tells people to copy must work, and what it points to must be there."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.freshdesk import wanted as freshdesk
from connectors.freshdesk.webhook import FreshdeskWebhook
from connectors.zendesk import wanted as zendesk
from connectors.zendesk.webhook import ZendeskWebhook
from policies.loader import load
from policies.policy import PolicyError
from policies.verdict import Mode, Point
from service.policy_files import SHIPPED, read_folder
from service.secret import Secret
from service.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PLACEHOLDERS = {
    "{{ticket.id}}": "42",
    "{{ticket.updated_at_with_timestamp}}": "2026-03-02T11:59:58Z",
    "{{triggered_event}}": "{status:{from:2,to:4}}",
}


def blocks(language: str) -> list[str]:
    """The code blocks of one language, without the indentation they stand in."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", README, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", body, flags=re.MULTILINE) for indent, body in found]


def rendered(body: str) -> bytes:
    """A webhook's body as the helpdesk sends it."""
    for placeholder, value in PLACEHOLDERS.items():
        body = body.replace(placeholder, value)
    return body.encode()


def test_the_settings_can_be_used_as_they_stand(tmp_path: Path) -> None:
    config, *_ = blocks("toml")
    key = tmp_path / "freshdesk_api_key"
    key.write_text("key\n")
    file = tmp_path / "ombuds.toml"
    file.write_text(config.replace("/run/secrets/freshdesk_api_key", str(key)), encoding="utf-8")
    names = re.findall(r'env = "(\w+)"', config)

    settings = load_settings(file, dict.fromkeys(names, "secret"))

    assert [(helpdesk.kind, helpdesk.ceiling) for helpdesk in settings.helpdesks] == [
        ("zendesk", Mode.OBSERVE),
        ("freshdesk", Mode.OBSERVE),
    ]


def with_table(mark: str, folder: Path) -> Settings:
    """The README's table that holds the mark, with its first helpdesk below."""
    config = blocks("toml")[0]
    table = next(block for block in blocks("toml") if mark in block)
    names = re.findall(r'env = "(\w+)"', config + table)
    (folder / "ombuds.toml").write_text(table + config[config.index("[[helpdesks]]") : config.rindex("[[help")])
    return load_settings(folder / "ombuds.toml", dict.fromkeys(names, "secret"))


def test_bulletins_by_meaning_are_asked_for_as_it_stands(tmp_path: Path) -> None:
    assert with_table("semantic", tmp_path).bulletins.semantic


def test_the_business_hours_can_be_used_as_they_stand(tmp_path: Path) -> None:
    settings = with_table("[business_hours]", tmp_path)

    assert str(settings.business_hours.zone) == "Europe/Berlin"
    assert len(settings.business_hours.holidays) == 2


def test_the_store_for_many_machines_can_be_used_as_it_stands(tmp_path: Path) -> None:
    settings = with_table("postgresql://", tmp_path)

    assert settings.store.url.startswith("postgresql://")
    assert settings.store.password == Secret("secret")


def test_the_body_of_the_zendesk_trigger_names_the_ticket() -> None:
    body = rendered(blocks("json")[0])

    delivery = ZendeskWebhook(account="acme", secrets=["secret"]).read({}, body, now=NOW)

    assert delivery is not None
    assert (delivery.ticket_id, delivery.event) == ("42", "trigger")
    assert delivery.occurred_at < NOW


def test_the_body_of_the_freshdesk_automation_names_the_ticket_and_the_event() -> None:
    body = rendered(blocks("json")[1])
    headers = {"content-type": "application/json"}

    delivery = FreshdeskWebhook(account="acme", basics=[("ombuds", "secret")]).read(headers, body, now=NOW)

    assert delivery is not None
    assert (delivery.ticket_id, delivery.defect) == ("42", None)
    assert delivery.event != "unknown"


def test_what_is_told_to_be_set_up_by_hand_is_what_connect_sets_up() -> None:
    assert blocks("json")[0].strip() == zendesk.BODY
    assert json.loads(blocks("json")[1]) == freshdesk.BODY
    [row] = re.findall(r"^ *\| events \| (.*?) \(all under", README, re.MULTILINE)
    listed = {name.strip("*").lower().removeprefix("ticket ").replace(" ", "_") for name in row.split(", ")}
    assert {f"zen:event-type:ticket.{event}" for event in listed} == set(zendesk.EVENTS)


def test_every_body_is_json_with_ids_alone() -> None:
    for body in blocks("json"):
        assert set(json.loads(body).values()) <= set(PLACEHOLDERS)


def test_the_policy_files_it_shows_fit_those_that_come_with_ombuds() -> None:
    shown = {f"shown-{number}.yaml": body.encode() for number, body in enumerate(blocks("yaml"))}

    rulebook = load({**read_folder(SHIPPED), **shown})

    policies = {policy.id: policy for policy in rulebook.policies}
    assert policies["termination-macro"].modes[Point.EVENT] is Mode.BLOCK
    assert policies["distro-sender"].modes[Point.EVENT] is Mode.OBSERVE


def test_a_threshold_changed_as_told_breaks_the_two_examples_it_should() -> None:
    files = read_folder(SHIPPED)
    changed = files["reconsideration.yaml"].replace(b"gte: 1 business day", b"gte: 2 business days")

    with pytest.raises(PolicyError) as caught:
        load({**files, "reconsideration.yaml": changed})

    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_every_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"(?:python3 |^|\s)((?:deploy|tests|\.ci)/[\w./-]+)", README))))
def test_every_file_in_a_command_is_there(path: str) -> None:
    assert (ROOT / path).exists()
