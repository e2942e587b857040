"""What an editor checks while an admin writes: it takes all that the loader takes, and knows every key and fact."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

import policies
from policies.facts import FACTS
from policies.packs import POLICY_KEYS
from policies.schema import schema

PACKAGE = Path(policies.__file__).parent
FILES = sorted([*PACKAGE.glob("active/**/*.yaml"), *PACKAGE.glob("examples/*.yaml")])
SCHEMA = schema()
VALIDATOR = Draft7Validator(SCHEMA)


class Loader(yaml.CSafeLoader):
    """YAML 1.2, as editors read it: days, times, yes and no are texts."""


_LEFT_OUT = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")
Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag not in _LEFT_OUT]
    for letter, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("(?:true|false)$"), ["t", "f"])


def read(text: str) -> Any:
    return yaml.load(text, Loader=Loader)  # noqa: S506 - safe, see above


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    Draft7Validator.check_schema(SCHEMA)
    return VALIDATOR


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_that_comes_with_ombuds_fits(file: Path, validator: Draft7Validator) -> None:
    assert [error.message for error in validator.iter_errors(read(file.read_text("utf-8")))] == []


POLICY = """\
format: 1
pack: p
policies:
  - id: quick
    title: Ticket handled in a hurry
    why: Hurry is not care.
    mode: note
    when: {ticket.hours_open: {lt: 24h}, actor.role: agent}
    tests:
      - {name: quick, given: {ticket.hours_open: 1}, expect: violation}
      - {name: slow, given: {ticket.hours_open: 99}, expect: pass}
"""

MISTAKES = {
    "another format": ("format: 1", "format: 2"),
    "no title": ("    title: Ticket handled in a hurry\n", ""),
    "an unknown key": ("mode: note", "mode: note\n    severty: low"),
    "an unknown mode": ("mode: note", "mode: off"),
    "an id with blanks": ("id: quick", "id: quick one"),
    "an unknown fact": ("ticket.hours_open: {", "ticket.hours_opn: {"),
    "an unknown operator": ("{lt: 24h}", "{let: 24h}"),
    "an operator of another type": ("{lt: 24h}", "{contains: a}"),
    "a span that is none": ("{lt: 24h}", "{lt: soon}"),
    "an unknown choice": ("actor.role: agent", "actor.role: agnet"),
    "an empty condition": ("{ticket.hours_open: {lt: 24h}, actor.role: agent}", "{}"),
    "any without a list": ("actor.role: agent", "any: {actor.role: agent}"),
    "one test alone": ("      - {name: slow, given: {ticket.hours_open: 99}, expect: pass}\n", ""),
    "an unknown result": ("expect: pass", "expect: passed"),
}


def test_a_sound_policy_fits(validator: Draft7Validator) -> None:
    assert validator.is_valid(read(POLICY))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_seen_while_it_is_written(mistake: str, validator: Draft7Validator) -> None:
    before, after = MISTAKES[mistake]
    assert before in POLICY

    assert not validator.is_valid(read(POLICY.replace(before, after, 1)))


def test_it_knows_every_key_and_every_fact_with_what_it_means() -> None:
    pack = SCHEMA["anyOf"][0]["properties"]["policies"]["items"]["properties"]
    condition = SCHEMA["definitions"]["condition"]["properties"]

    assert set(pack) == set(POLICY_KEYS)
    assert set(condition) == {"all", "any", "not", *FACTS}
    assert all(FACTS[name].means in condition[name]["description"] for name in FACTS)
