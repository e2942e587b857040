"""Zendesk's own answers, as others recorded them, are read as they are meant."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.zendesk.actors import Scene
from connectors.zendesk.translate import change_of, ticket_of
from policies.ticket import Role, Status, StatusMove, Via


def test_a_recorded_audit_with_a_macro_is_read(recorded: Path) -> None:
    path = recorded / "zendesk" / "audit_with_macro.structure_only.json"
    (told,) = json.loads(path.read_text())["audits"]

    change = change_of(told, Scene(requester_id="8447388090999", sender="care@books.example"))

    assert change
    assert change.at == datetime(2025, 1, 8, 10, 15, 7, tzinfo=UTC)
    assert (change.actor.role, change.via) == (Role.AGENT, Via.WEB)
    assert change.status == StatusMove(before=Status.NEW, after=Status.SOLVED)
    assert change.tags_added == ("account_terminated",)
    assert [(macro.id, bool(macro.title)) for macro in change.macros] == [("47163586", True)]
    assert change.comment
    assert change.comment.sender == "care@books.example"


@pytest.mark.parametrize("name", ["ticket", "put_ticket", "post_ticket"])
def test_recorded_tickets_are_read(recorded: Path, name: str) -> None:
    told = json.loads((recorded / "zendesk" / "go-zendesk" / f"{name}.json").read_text())
    audits = [told["audit"]] if "audit" in told else []

    ticket = ticket_of(told["ticket"], audits, Scene(requester_id="377922500012"), account="acme")

    assert ticket.id == str(told["ticket"]["id"])
    assert ticket.status == told["ticket"]["status"]
    assert ticket.stamp == told["ticket"]["updated_at"]
    assert len(ticket.changes) == len(audits)
