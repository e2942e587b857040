"""`ombuds connect`: sets up at a helpdesk what sends Ombuds its webhooks, mends it, and takes it away again."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.connect_screen import as_json, shown
from service.cli.options import Config, Json
from service.cli.screen import complain, harmless, print_json
from service.connecting import ConnectError, Outcome, endpoint_of
from service.secret_file import SecretFileError, SecretPlace
from service.settings import settings_file
from service.settings_account import load_account
from service.settings_helpdesks import FreshdeskSettings, HelpdeskSettings, ZendeskSettings

Account = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The account, as in the settings; the only one there if left out."),
]
PublicUrl = Annotated[
    str, typer.Option("--public-url", metavar="URL", help="Where the helpdesk reaches Ombuds, without /webhooks.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]
Remove = Annotated[bool, typer.Option("--remove", help="Take away what this command makes, and nothing else.")]
SecretFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Where the webhooks' secret goes; beside the settings if left out."),
]
ByTrigger = Annotated[
    bool | None,
    typer.Option(
        "--trigger/--event",
        show_default=False,
        help="By a webhook and two triggers, if your plan has no event subscriptions, or by its events. "
        "As it is there, if left out; by events where nothing is.",
    ),
]
Hold = Annotated[
    bool, typer.Option("--hold", help="What keeps agents' replies from being mailed before they are judged; only that.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What both helpdesks are asked for alike."""

    public_url: str
    config: Path | None
    dry_run: bool
    remove: bool
    secret_file: Path | None
    json: bool


def add_to(family: typer.Typer) -> typer.Typer:
    """The family with a command for each helpdesk."""
    family.command("zendesk")(connect_zendesk)
    family.command("freshdesk")(connect_freshdesk)
    return family


def connect_zendesk(  # noqa: PLR0913 - a command's options
    *,
    public_url: PublicUrl,
    account: Account = None,
    config: Config = None,
    trigger: ByTrigger = None,
    hold: Hold = False,
    dry_run: DryRun = False,
    remove: Remove = False,
    secret_file: SecretFile = None,
    json: Json = False,
) -> None:
    """Make the webhook at Zendesk that tells Ombuds of tickets, or mend it.

    Run it as often as you like: what is there is compared with what is
    wanted, and nothing is made twice.

    First write the account's table in the settings: account, base_url,
    email and api_token. Its user must be an administrator while this runs.

    The signing secret goes into a file that its owner alone can read, and
    what to write into the settings is printed. No file is overwritten.

    Ours is a webhook named "Ombuds: by event, to HOST/webhooks/zendesk/NAME",
    or one that goes there and whose name begins with Ombuds, or whose id the
    settings name, and triggers of such titles. Nothing else is touched.

    With --hold, replies wait in Zendesk until they are judged: a trigger in
    front of your notify triggers tags them, those triggers get a condition on
    the tag, and copies of them mail what is released. An automation mails
    what nobody released within two hours. --hold --remove takes the condition
    off again and leaves your triggers as they were.

    Example: [bold]ombuds connect zendesk --public-url https://ombuds.acme.example --dry-run[/bold]
    """
    from service.connecting_helpdesks import connect_hold
    from service.connecting_helpdesks import connect_zendesk as connect

    wish = Wish(
        public_url=public_url, config=config, dry_run=dry_run, remove=remove, secret_file=secret_file, json=json
    )
    settings = load_account(config, os.environ, "zendesk", account)
    assert isinstance(settings, ZendeskSettings)  # noqa: S101 - by its kind
    if hold:
        _run(wish, settings, lambda outcome, _: connect_hold(settings, outcome), is_of_hold=True)
    else:
        _run(wish, settings, lambda outcome, place: connect(settings, outcome, place, by_trigger=trigger))


def connect_freshdesk(
    *,
    public_url: PublicUrl,
    account: Account = None,
    config: Config = None,
    dry_run: DryRun = False,
    remove: Remove = False,
    secret_file: SecretFile = None,
    json: Json = False,
) -> None:
    """Make the rule for new tickets at Freshdesk, or mend it, and tell how to make the rule for updates by hand.

    Run it as often as you like: what is there is compared with what is
    wanted, and nothing is made twice.

    First write the account's table in the settings: account, base_url and
    api_key. Its agent must be an administrator while this runs.

    Without basic or header in the settings, a password is made up and put
    into a file that its owner alone can read, and what to write into the
    settings is printed. No file is overwritten.

    Ours is a rule whose name begins with "Ombuds: ticket created, to" and
    ends with its address, HOST/webhooks/freshdesk/NAME. Nothing else is
    touched.

    Example: [bold]ombuds connect freshdesk --public-url https://ombuds.acme.example[/bold]
    """
    from service.connecting_helpdesks import connect_freshdesk as connect

    wish = Wish(
        public_url=public_url, config=config, dry_run=dry_run, remove=remove, secret_file=secret_file, json=json
    )
    settings = load_account(config, os.environ, "freshdesk", account)
    assert isinstance(settings, FreshdeskSettings)  # noqa: S101 - by its kind
    _run(wish, settings, lambda outcome, place: connect(settings, outcome, place))


def _run(
    wish: Wish,
    settings: HelpdeskSettings,
    connect: Callable[[Outcome, SecretPlace], Coroutine[Any, Any, None]],
    *,
    is_of_hold: bool = False,
) -> None:
    """Connects, and shows what came of it, also where it broke off; then the program ends with code 2."""
    file = settings_file(wish.config, os.environ)
    try:
        outcome = Outcome(
            account=f"{settings.kind}/{settings.account}",
            endpoint=endpoint_of(wish.public_url, settings.kind, settings.account),
            is_dry=wish.dry_run,
            is_removal=wish.remove,
            is_of_hold=is_of_hold,
        )
    except ConnectError as error:
        complain(str(error))
        raise typer.Exit(2) from error
    failure = ""
    try:
        asyncio.run(connect(outcome, _place(wish, settings, file.parent)))
    except (ConnectError, SecretFileError) as error:
        failure = harmless(str(error))
    if wish.json:
        print_json(as_json(outcome, failure))
    else:
        for line in shown(outcome, file, is_whole=not failure):
            print(harmless(line))
    if failure:
        complain(failure)
        raise typer.Exit(2)


def _place(wish: Wish, settings: HelpdeskSettings, folder: Path) -> SecretPlace:
    """The file that was named, or one of its own beside the settings: another, while an older secret is in use."""
    named = f"{settings.kind}-{settings.account}"
    own = tuple(folder / f"{named}{ending}.secret" for ending in ("", *(f"-{number}" for number in range(2, 10))))
    return SecretPlace(paths=(wish.secret_file,) if wish.secret_file else own, folder=folder)
