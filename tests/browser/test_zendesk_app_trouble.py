"""The app inside Zendesk when the service is slow, gone, or answers strangely: one answer to each save, in time."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response
from zendesk_page import SAVED
from zendesk_world import World

if TYPE_CHECKING:
    from conftest import FindBarriers, Work

WRITTEN = "Thank you for writing. I am looking at your library now."
SCRIPT = '<img src=x onerror="top.ran = 1"><script>top.ran = 1</script>'


def told(status: int, error: str) -> JSONResponse:
    """A refusal in the gate's own form."""
    return JSONResponse({"error": error, "message": "Please come again."}, status, {"Retry-After": "3"})


TROUBLE: dict[str, Any] = {
    "timeout": "slow",
    "unauthorized": "secret",
    "down": lambda: Response("Bad gateway", 502),
    "rate_limited": lambda: told(429, "rate_limited"),
    "refused": lambda: told(413, "too_large"),
    "unreadable": lambda: HTMLResponse("<h1>Welcome to the hotel's network</h1>"),
}


@pytest.mark.parametrize(
    ("reason", "unchecked"), [*((reason, "allow") for reason in TROUBLE), ("timeout", "block"), ("unreadable", "block")]
)
async def test_without_an_answer_the_policy_decides_and_it_is_counted(
    zendesk: World, work: "Work", reason: str, unchecked: str
) -> None:
    """An agent is never left waiting, and nobody thinks that a reply was checked that was not."""
    ticket = await zendesk.ticket()
    zendesk.between.unchecked = unchecked
    rowan = await work(ticket)
    outcome = "allowed" if unchecked == "allow" else "blocked"
    sample = f'ombuds_gate_unchecked_total{{helpdesk="zendesk",outcome="{outcome}",reason="{reason}"}}'
    before = await zendesk.counted(sample)
    await rowan.write(WRITTEN)
    match TROUBLE[reason]:
        case "slow":
            zendesk.between.way.clear()
        case "secret":
            zendesk.between.secret = "not-the-secret"
        case answer:
            zendesk.between.answer = answer

    line = await rowan.submit()

    await rowan.top("unchecked." if unchecked == "allow" else "could not be checked")
    if unchecked == "allow":
        assert line.startswith(SAVED)
        assert await zendesk.replies(ticket) == [WRITTEN]
    else:
        assert line.startswith("Not sent")
        assert await zendesk.replies(ticket) == []
    # Whoever is not let in is not counted by the one who did not let him in.
    assert await zendesk.counted(sample) == before + (reason != "unauthorized")


async def test_after_trouble_the_next_save_is_judged_again(zendesk: World, work: "Work") -> None:
    ticket = await zendesk.ticket()
    rowan = await work(ticket)
    zendesk.between.answer = TROUBLE["down"]
    await rowan.write(WRITTEN)
    assert (await rowan.submit()).startswith(SAVED)
    zendesk.between.behave()

    await rowan.write("Your account has been closed. This decision is final.")

    assert (await rowan.submit()).startswith("Not sent: ")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_whatever_the_service_says_is_shown_as_text_that_everybody_can_read(
    zendesk: World, work: "Work", barriers: "FindBarriers", scheme: str
) -> None:
    """Scripts do not run, and long or strange words stay within the 320 pixels that Zendesk gives an app."""
    rowan = await work(await zendesk.ticket(), color_scheme=scheme)
    await rowan.write(f"{SCRIPT} {WRITTEN}", rich=False)
    zendesk.between.answer = lambda: JSONResponse(STRANGE)

    await rowan.submit()

    assert await rowan.app.get_by_role("article").count() == 3
    assert await rowan.app.locator("img, script:not([src])").count() == 0
    assert await rowan.page.evaluate("window.ran") is None
    assert await rowan.frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await barriers(rowan.frame) == []


def finding(**parts: Any) -> dict[str, Any]:
    """One finding whose every word is a script, and a word that is too long for any line."""
    words = dict.fromkeys(("policy", "title", "why", "explanation", "advice"), f"{SCRIPT} {'w' * 400}")
    place = {"text": SCRIPT, "start": 0, "end": len(SCRIPT)}
    usual = {"severity": "high", "mode": "block", "may_override": True, "needs_second_look": True, "second_look": None}
    return {**words, **usual, "evidence": [place, {"text": SCRIPT, "start": None, "end": None}], **parts}


STRANGE = {
    "verdict": "block",
    "checked": True,
    "reason": None,
    "basis": "app",
    "findings": [finding(id="AAAAAA"), finding(id=json.dumps(SCRIPT), mode="note", second_look="asked")],
    "answers": [{"bulletin": SCRIPT, "title": SCRIPT, "text": f"{SCRIPT} {'w' * 400}"}],
}
