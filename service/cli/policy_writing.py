"""`ombuds policies init`, `schema`, `reference`: what is written for those who write policies."""

import shutil
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from policies.forms import did_you_mean
from policies.reference import page, reference
from policies.schema import schema
from service.cli.policies import Folder, load_or_tell
from service.cli.screen import complain, harmless
from service.policy_files import SHIPPED

SCHEMA_FILE = "policy.schema.json"
_EXAMPLES = SHIPPED.with_name("examples")
_NEXT = """\
Copied the policies that come with Ombuds to {folder}.

  modes.yaml          how far each policy may go; begin here
  *.yaml              the policies, each with its tests; phrases/ holds the wordings
  *.yaml.example      how to declare a change; copy it to a name that ends in .yaml
  {schema}  for editors: completion, and what each fact means

Change something, then ask:
  ombuds policies check {folder}
  ombuds policies test {folder}
Put `policies = "{folder}"` into ombuds.toml to judge by them."""


def add_to(family: typer.Typer) -> typer.Typer:
    """The family with its commands."""
    family.command()(init)
    family.command("schema")(write_schema)
    family.command("reference")(write_reference)
    return family


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet, or empty.")],
) -> None:
    """Copy the policies that come with Ombuds, to tune them.

    Example: [bold]ombuds policies init my-policies[/bold]
    """
    try:
        if folder.exists() and any(folder.iterdir()):
            complain(f"{folder} is not empty, and nothing in it is overwritten. Name a new folder.")
            raise typer.Exit(2)
        shutil.copytree(SHIPPED, folder, dirs_exist_ok=True)
        shutil.copy(_EXAMPLES / "modes.yaml", folder)
        shutil.copy(_EXAMPLES / "declared-changes.yaml", folder / "declared-changes.yaml.example")
        (folder / SCHEMA_FILE).write_bytes(_schema())
        for pack in sorted(folder.glob("*.yaml")):
            head = f"# yaml-language-server: $schema={SCHEMA_FILE}\n"
            pack.write_text(head + pack.read_text("utf-8"), "utf-8")
    except OSError as error:
        complain(f"{folder} cannot be written: {error.strerror}. Name a folder that you may write to.")
        raise typer.Exit(2) from error
    print(_NEXT.format(folder=folder, schema=SCHEMA_FILE))


def write_schema() -> None:
    """Write the JSON Schema of policy files, for editors: completion, and what each fact means.

    Example: [bold]ombuds policies schema > policy.schema.json[/bold]
    """
    print(_schema().decode(), end="")


def _schema() -> bytes:
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2) + b"\n"


def write_reference(
    folder: Folder = SHIPPED,
    *,
    policy: Annotated[str | None, typer.Option(metavar="ID", help="Only the page of this policy.")] = None,
) -> None:
    """Write the pages of all policies and facts as Markdown: what each is for, when it speaks up, when it is wrong.

    Example: [bold]ombuds policies reference --policy closed-without-agreement[/bold]
    """
    rulebook = load_or_tell(folder)
    if policy is None:
        print(reference(rulebook), end="")
        return
    pages = {known.id: known for known in rulebook.policies}
    if policy not in pages:
        complain(f"There is no policy {harmless(policy)}. {did_you_mean(policy, pages)}".rstrip())
        raise typer.Exit(2)
    print(page(pages[policy]), end="")
