"""Holding replies back at a Zendesk account: set up in an order that loses no mail, and taken away without a trace."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.errors import TransientError
from connectors.sandbox.client import SandboxClient
from connectors.sandbox.serving import serving
from connectors.sandbox.zendesk import ZendeskSandbox
from connectors.setup_plan import Doing, Step, StepError, plan
from connectors.zendesk.hold_copies import actions_later
from connectors.zendesk.hold_setup import HoldSetup

NOTIFY = "Notify requester of comment update"
IS_PUBLIC = {"field": "comment_is_public", "operator": "is", "value": "true"}
WORD = {"field": "comment_includes_word", "operator": "is", "value": "refund"}
BRAND = {"field": "brand_id", "operator": "is_not", "value": "360002"}
MAIL = {"field": "notification_user", "value": ["requester_and_ccs", "S", "{{ticket.latest_comment_html}}"]}


def notifier(title: str, *more: dict[str, str]) -> dict[str, Any]:
    return {"title": title, "conditions": {"all": [IS_PUBLIC, *more], "any": []}, "actions": [MAIL]}


@dataclass(frozen=True, kw_only=True)
class Place:
    sandbox: ZendeskSandbox
    desk: SandboxClient
    url: str

    async def connect(self, *, remove: bool = False) -> tuple[list[Step], list[str]]:
        """The steps that did something, and the remarks."""
        setup = HoldSetup(base_url=self.url, email="bot@acme.example", api_token="sandbox-token", tag="ombuds_hold")
        try:
            found = await setup.look()
            steps = plan(found.things, () if remove else setup.wanted(found))
            doing = [step for step in steps if step.doing is not Doing.KEEP]
            for step in doing:
                await setup.do(step)
        finally:
            await setup.aclose()
        return doing, list(found.remarks)

    def titles(self) -> list[str]:
        """Of the triggers in force, in order."""
        return [str(one["title"]) for one in self.sandbox.rules.triggers.in_force]

    def account(self) -> str:
        """Every rule of the account, to the letter; where it stands may have moved."""
        rules = [*self.sandbox.rules.triggers.in_force, *self.sandbox.rules.automations.in_force]
        return json.dumps([{**one, "position": None} for one in rules])


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    sandbox = ZendeskSandbox(account="acme")
    async with serving(sandbox.app) as url, SandboxClient(url) as desk:
        yield Place(sandbox=sandbox, desk=desk, url=url)


async def test_what_holds_comes_last_and_stands_in_front(place: Place) -> None:
    """Before, replies would be mailed and held, and then mailed again."""
    steps, _ = await place.connect()

    assert [(step.doing.value, step.thing.kind, step.thing.part.partition(" ")[0]) for step in steps[:-2]] == [
        ("create", "automation", "late"),
        ("create", "trigger", "all"),
        ("create", "trigger", "one"),
    ]
    assert [step.thing.kind for step in steps[-2:]] == ["condition", "trigger"]
    assert place.titles()[:2] == ["Ombuds: hold replies back (ombuds_hold)", NOTIFY]
    assert await place.connect() == ([], [])


async def test_taken_away_the_account_is_as_it_was(place: Place) -> None:
    place.sandbox.rules.triggers.add(notifier("Another brand's", BRAND))
    place.sandbox.rules.triggers.add(notifier("By a word", WORD))
    before = place.account()

    await place.connect()
    held = place.account()
    await place.connect(remove=True)

    assert held != before
    assert place.account() == before


async def test_each_kind_of_notify_trigger_has_copies_of_its_own(place: Place) -> None:
    """Those that ask the same share one: a hold ends once."""
    place.sandbox.rules.triggers.add(notifier("Another brand's", BRAND))
    place.sandbox.rules.triggers.add(notifier("To those in copy"))

    await place.connect()

    copies = [one for one in place.sandbox.rules.triggers.in_force if "the held reply" in str(one["title"])]
    mails = [[action["field"] for action in one["actions"]] for one in copies]
    assert mails == [["notification_user", "notification_user", "remove_tags"], ["notification_user", "remove_tags"]]
    assert BRAND in copies[1]["conditions"]["all"]


async def test_what_asks_for_the_reply_itself_is_left_alone_and_told(place: Place) -> None:
    place.sandbox.rules.triggers.add(notifier("By a word", WORD))

    _, remarks = await place.connect()

    assert len(remarks) == 1
    assert 'The trigger "By a word" mails replies too' in remarks[0]
    assert place.sandbox.rules.triggers.titled("By a word")["conditions"]["all"] == [IS_PUBLIC, WORD]


async def test_without_a_notify_trigger_nothing_is_set_up(place: Place) -> None:
    place.sandbox.rules.triggers.titled(NOTIFY)["active"] = False

    steps, remarks = await place.connect()

    assert (steps, len(remarks)) == ([], 1)


async def test_what_was_edited_by_hand_is_mended(place: Place) -> None:
    await place.connect()
    place.sandbox.rules.automations.in_force[0]["active"] = False
    hold = place.sandbox.rules.triggers.titled("Ombuds: hold replies back (ombuds_hold)")
    hold["position"] = 99

    steps, _ = await place.connect()

    assert [(step.thing.kind, step.differs) for step in steps] == [
        ("automation", ("active",)),
        ("trigger", ("in_front",)),
    ]
    assert place.titles()[0] == hold["title"]
    assert await place.connect() == ([], [])


async def test_one_whose_answer_was_lost_is_found_and_not_made_twice(place: Place) -> None:
    await place.desk.fault("POST", "/api/v2/triggers", "apply_then_drop")

    with pytest.raises(TransientError):
        await place.connect()
    await place.connect()

    assert len(place.titles()) == len(set(place.titles())) == 4


async def test_what_mails_held_replies_stays_until_none_waits(place: Place) -> None:
    """Nothing new is held from the first step on."""
    await place.connect()
    reader = await place.desk.person("Nora Lind", "nora@reader.example")
    ticket, _ = await place.desk.ticket(reader, "Books", comment={"text": "Hello?"}, add_tags=["ombuds_hold"])

    with pytest.raises(StepError, match=r"still wait \(1\)"):
        await place.connect(remove=True)

    assert [title for title in place.titles() if "hold replies back" in title] == []
    assert len(place.titles()) == 3
    await place.desk.submit(ticket, reader, remove_tags=["ombuds_hold"])
    await place.connect(remove=True)
    assert place.titles() == [NOTIFY]


@pytest.mark.parametrize(
    ("written", "one", "all_of_them"),
    [
        ("{{ticket.latest_comment_html}}", "{{ticket.latest_public_comment_html}}", True),
        ("{{ticket.latest_public_comment_formatted}}", "{{ticket.latest_public_comment_formatted}}", True),
        ("{{ticket.comments_formatted}}", "{{ticket.public_comments_formatted}}", True),
        ("{{ticket.latest_comment.author.name}}", "{{ticket.latest_comment.author.name}}", False),
        ("{{ticket.title}}", "{{ticket.title}}", False),
    ],
)
def test_a_copy_never_speaks_of_internal_notes(written: str, one: str, all_of_them: bool) -> None:
    """Later on, the latest comment may be a note of ours."""
    mail = [{"field": "notification_user", "value": ["requester_id", "S", written]}]

    texts = [actions_later(mail, all_comments=way)[0]["value"][2] for way in (False, True)]

    assert texts == [one, "{{ticket.public_comments_formatted}}" if all_of_them else one]
