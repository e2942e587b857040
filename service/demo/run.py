"""The whole demo: one helpdesk after the other, then a summary; or everything kept running."""

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from rich.console import Console

from service.demo.play import Play
from service.demo.screen import Screen
from service.demo.stage import Stage, stage
from service.demo.story import SHORT, WHOLE
from service.logs import configure_logs


async def run_demo(console: Console, helpdesks: Sequence[str], *, keep: bool) -> bool:
    """Whether everything expected was seen and undone. With `keep` it runs until cancelled. Raises StuckError."""
    Screen(console).welcome()
    kept: list[tuple[Stage, Play]] = []
    is_complete = True
    async with AsyncExitStack() as stages:
        folder = Path(stages.enter_context(tempfile.TemporaryDirectory(prefix="ombuds-demo-")))
        configure_logs(stages.enter_context((folder / "ombuds.log").open("w", encoding="utf-8")))
        for helpdesk in helpdesks:
            is_first = not kept
            screen = Screen(console, shows_notes=is_first)
            running = await stages.enter_async_context(stage(helpdesk, folder / helpdesk))
            screen.opening(running)
            play = Play(running, screen)
            seen = await play.run(WHOLE if is_first else SHORT)
            screen.closing(seen)
            is_complete = is_complete and not any(scene.missing for scene in seen)
            kept.append((running, play))
        screen = Screen(console)
        screen.verdict(is_complete=is_complete)
        if keep:
            for running, play in kept:
                screen.kept(running, play.ticket_id, play.agent_id)
            screen.until_stopped()
            await asyncio.Event().wait()
    return is_complete
