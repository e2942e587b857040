"""What the demo shows: one short paragraph a scene, the note as an agent reads it, and a summary."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table

from policies.html_text import from_html
from policies.verdict import Mode
from service.demo.outcome import Seen
from service.demo.stage import HELPDESKS, Stage
from service.demo.story import Scene

INDENT = 11
COLOURS = {Mode.BLOCK: "red", Mode.NOTE: "yellow", Mode.OBSERVE: "cyan"}


class Screen:
    """A console that tells the story."""

    def __init__(self, console: Console, *, shows_notes: bool = True) -> None:
        self._console = console
        self._shows_notes = shows_notes

    def welcome(self) -> None:
        """What is about to happen."""
        self._line(
            "[bold]Ombuds[/bold] is the customer's advocate inside a helpdesk. This is the story of one ticket.", 0
        )
        self._line("Every step is a real request over loopback; nothing leaves this machine.", 0)

    def opening(self, stage: Stage) -> None:
        """Who plays, and where."""
        name = HELPDESKS[stage.helpdesk]
        self._console.print()
        self._console.print(Rule(f"[bold]{name}[/bold]", align="left", style="dim"))
        self._line(f"[dim]a pretend {name} on {stage.desk_url}, the real Ombuds on {stage.service_url}[/dim]", 0)
        self._console.print()

    def scene(self, scene: Scene, now: datetime) -> None:
        """What happens, when, and in whose words."""
        told = Table.grid(padding=(0, 2))
        told.add_column(width=INDENT - 2)
        who = f"{scene.who[:1].upper()}{scene.who[1:]}"
        told.add_row(f"[dim]{now:%a %H:%M}[/dim]", f"[bold]{who}[/bold] {escape(scene.does)}")
        self._console.print(told)
        if scene.text:
            self._line(f"[dim]“{escape(' '.join(scene.text.split()))}”[/dim]")

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """A sign of life on a terminal; nothing in a pipe."""
        with self._console.status("[dim]webhook, judgement, action[/dim]"):
            yield

    def seen(self, seen: Seen) -> None:
        """What Ombuds found, did, and wrote; and what it should have and did not."""
        for finding, mode in seen.findings:
            self._line(f"[{COLOURS[mode]}]● {finding.policy}[/] [dim]{MEANS[mode]}[/dim]")
            if not seen.notes:
                self._line(escape(finding.explanation), INDENT + 2)
        if not seen.findings:
            self._line("[green]○ nothing to say[/green]")
        for deed in seen.deeds:
            self._line(f"[bold]↺ {escape(deed)}[/bold]")
        if seen.scene.remark:
            self._line(f"[dim]{escape(seen.scene.remark)}[/dim]", INDENT + 2)
        for note in seen.notes:
            self._note(note)
        for missing in seen.missing:
            self._line(f"[bold red]MISSING: {escape(missing)}[/bold red]")
        self._console.print()

    def _note(self, note: str) -> None:
        if not self._shows_notes:
            self._line("✎ internal note left")
            return
        title = "[dim]internal note, as the agent reads it[/dim]"
        panel = Panel(escape(as_text(note)), title=title, title_align="left", box=box.ROUNDED, border_style="dim")
        self._console.print(Padding(panel, (0, 0, 0, INDENT), expand=False))

    def closing(self, seen: Sequence[Seen]) -> None:
        """How the ticket stands at the end."""
        view, findings = seen[-1].view, sum(len(scene.findings) for scene in seen)
        notes = sum(len(scene.notes) for scene in seen)
        state = f"{view['status']}, with {view['group'] or 'no group'}, tagged {', '.join(view['tags']) or 'nothing'}"
        self._line(f"In the end: {findings} findings and {notes} notes; the ticket is {state}.", 0)

    def verdict(self, *, is_complete: bool) -> None:
        """Whether all went as it should, and what to try next."""
        self._console.print()
        if is_complete:
            self._line("[bold green]Everything that had to be seen was seen, and undone where it could be.[/]", 0)
        else:
            self._line("[bold red]Something is missing; see MISSING above.[/]", 0)
        self._console.print()
        for command, means in NEXT.items():
            self._line(f"[bold]{command:<22}[/bold]{means}", 0)

    def kept(self, stage: Stage, ticket_id: str, agent_id: str) -> None:
        """What to try with a stage that goes on running."""
        ticket = f"{stage.desk_url}/_sandbox/tickets/{ticket_id}"
        solved = f'{{"actor_id": "{agent_id}", "status": "solved"}}'
        self._console.print(f"\n[bold]{HELPDESKS[stage.helpdesk]} goes on running. Try, in another terminal:[/bold]")
        for means, command in (
            ("the ticket as the desk shows it", f"curl -s {ticket}"),
            ("what Ombuds really did there", f"curl -s {stage.desk_url}/_sandbox/effects"),
            ("its figures", f"curl -s {stage.service_url}/metrics"),
            ("its health", f"curl -s '{stage.service_url}/readyz?verbose'"),
            ("an unsigned webhook is refused", f"curl -si -d '{{}}' {stage.webhook_url}"),
            ("what was given up", f"ombuds dead-letters list --config {stage.config}"),
            ("close the ticket again, as the agent", f"curl -s {ticket}/submit -d '{solved}'"),
        ):
            self._console.print(f"  [dim]{means}[/dim]\n  {escape(command)}", soft_wrap=True)

    def until_stopped(self) -> None:
        """How to end it."""
        self._console.print("\n[bold]Press Ctrl-C to stop everything; nothing is left behind.[/bold]")

    def _line(self, text: str, indent: int = INDENT) -> None:
        self._console.print(Padding(text, (0, 0, 0, indent), expand=False))


NEXT = {
    "ombuds demo --keep": "the same, and everything goes on running for you to look around",
    "ombuds judge FILE": "what Ombuds would have said of a ticket of yours, offline",
    "ombuds policies test": "the policies' own examples, run",
    "README.md": "how to connect a real account, how to tune a policy",
}
MEANS = {
    Mode.BLOCK: "blocked, and undone until somebody else has looked",
    Mode.NOTE: "noted for the agent",
    Mode.OBSERVE: "recorded",
}


def as_text(note: str) -> str:
    """A note's HTML as text, quotations in quotation marks."""
    return from_html(note.replace("<blockquote>", "<p>“").replace("</blockquote>", "”</p>"))
