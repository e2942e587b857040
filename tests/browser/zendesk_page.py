"""An agent at the pretend Zendesk, in a browser: what she does there, and what she sees."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Frame, Locator, Page

SAVED = "Saved as"


class Agent:
    """One agent with one ticket open. `app` is the frame beside it."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self.app = page.frame_locator("iframe")

    @property
    def frame(self) -> "Frame":
        """The frame of the app, as a document."""
        return self.page.frames[1]

    async def arrived(self) -> None:
        """Waits until the app has looked at the ticket and listens to saves."""
        await self.page.wait_for_function("window.app?.isHeard('ticket.save')")
        await self.app.get_by_role("status").filter(has_text=" ", has_not_text="reads along").wait_for()

    async def write(self, text: str, *, note: bool = False, rich: bool = True) -> None:
        """Takes what stands in the editor away, and writes."""
        await self.page.get_by_label("Internal note" if note else "Public reply").check()
        await self.page.get_by_label("Rich text").set_checked(rich)
        await self.page.get_by_role("textbox", name="Internal note" if note else "Reply", exact=True).fill(text)

    async def submit(self, status: str | None = None, *, clicks: int = 1) -> str:
        """The line under the editor once the save is over."""
        if status:
            await self.page.get_by_label("Submit as").select_option(status)
        before = len(await self.saves())
        await self.page.get_by_role("button", name="Submit").click(click_count=clicks)
        await self.page.wait_for_function(f"app.saves.length > {before} && app.saves.at(-1).replies.length")
        return await self.told()

    async def told(self) -> str:
        """The line under the editor, once the page has made up its mind."""
        line = self.page.locator("#told")
        await line.filter(has_not_text="Saving").filter(has_text=" ").wait_for()
        return await line.inner_text()

    async def top(self, text: str) -> None:
        """Waits until the app's first line says this."""
        await self.app.get_by_role("status").get_by_text(text).wait_for()

    async def shown(self, text: str) -> None:
        """Waits until the app says this anywhere."""
        await self.app.get_by_text(text).first.wait_for()

    def finding(self, title: str) -> "Locator":
        """What the app shows of one finding."""
        return self.app.get_by_role("article").filter(has=self.page.get_by_role("heading", name=title))

    async def rule(self, title: str, button: str, reason: str, done: str) -> None:
        """Presses one of a finding's buttons, writes why, and sends that."""
        card = self.finding(title)
        await card.get_by_role("button", name=button).click()
        await card.get_by_role("textbox").fill(reason)
        await card.get_by_role("button", name=done).click()

    async def asked_about(self) -> str:
        """The finding that a note asks for a second look at."""
        note = self.page.get_by_label("Conversation").get_by_text("#ombuds approve")
        await note.wait_for()
        return (await note.inner_text()).partition("#ombuds approve ")[2].split()[0]

    async def conversation(self) -> list[str]:
        """The messages on the page, oldest first."""
        return await self.page.get_by_label("Conversation").get_by_role("listitem").all_inner_texts()

    async def saves(self) -> list[dict[str, Any]]:
        """How often the page asked the app before a save, and what came back."""
        return list(await self.page.evaluate("app.saves"))
