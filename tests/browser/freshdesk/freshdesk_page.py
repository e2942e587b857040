"""An agent at the pretended Freshdesk, in a browser: what is done there, and what is seen."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import anyio

ENDED = "Your account has been closed. This decision is final."
ACCUSES = "You obviously lied to us."
MENDED = "Thank you for writing. I am looking at your library now and will write again today."
HELD = "Not sent: this needs another look."

Work = Callable[..., Awaitable["Agent"]]


async def until(seen: Callable[[], object]) -> None:
    """Waits for what the app does when the agent has gone on."""
    with anyio.fail_after(10):
        while not (await told if isinstance(told := seen(), Awaitable) else told):  # noqa: ASYNC110
            await anyio.sleep(0.02)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Rowan at a ticket."""

    page: Any
    ticket: str

    async def reply(self, text: str, *, clicks: int = 1) -> None:
        """Writes and clicks Send; waits for nothing."""
        await self.page.evaluate("document.querySelector('#window').close()")
        await self.page.get_by_role("textbox", name="Reply").fill(text)
        await self.page.get_by_role("button", name="Send").click(click_count=clicks)

    async def begins_to_reply(self) -> None:
        """Clicks Reply, which opens the editor at Freshdesk."""
        await self.page.evaluate("document.querySelector('#window').close()")
        await self.page.get_by_role("button", name="Reply").click()

    async def save(self, status: str) -> None:
        """Chooses a status and clicks Update."""
        await self.page.get_by_label("Status").select_option(status)
        await self.page.get_by_role("button", name="Update").click()

    async def arrives(self, *, knows: str = "plan") -> None:
        """Waits until the app listens, and has heard what it asks first."""
        await self.page.wait_for_function(f"desk.listening.length === 3 && desk.replied.includes('{knows}')")

    async def comes_back(self) -> None:
        """Loads the whole page again, as somebody to whom the plan is known."""
        await self.page.reload()
        await self.arrives(knows="iparams.get")

    async def goes_to(self, ticket: str) -> None:
        """Opens another ticket, on the same page."""
        await self.page.evaluate("document.querySelector('#window').close()")
        await self.page.evaluate("id => goTo(id)", ticket)

    async def answers(self) -> list[str]:
        """How the app answered each event so far, once it has answered them all."""
        await self.page.wait_for_function("desk.events.every(event => event.answers.length)")
        return list(await self.page.evaluate("desk.events.map(event => event.answers[0].how)"))

    async def hears(self, text: str) -> None:
        """Waits for a line of Freshdesk's own that says this."""
        await self.page.get_by_role("log").get_by_text(text).first.wait_for()

    async def has_sent(self, text: str) -> None:
        """Waits until the reply stands in the conversation."""
        await self.page.get_by_role("region", name="Conversation").get_by_text(text).wait_for()

    @property
    def window(self) -> Any:
        """The inside of the app's window."""
        return self.page.frame_locator("#window iframe")

    async def says(self, way: str, reason: str, done: str) -> None:
        """Chooses one of the ways out of the first finding, gives a reason, and confirms."""
        card = self.window.get_by_role("article").first
        await card.get_by_role("button", name=way).click()
        await card.get_by_role("textbox").fill(reason)
        await card.get_by_role("button", name=done, exact=True).click()
