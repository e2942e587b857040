"""What is said in German, French, Spanish and Portuguese, where no figure of the harness covers it."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from policies.facts import FACTS
from policies.loader import load
from policies.phrases import PhraseSet
from policies.reading import Moment

sys.path.insert(0, str(Path(__file__).parent))
from conversations import told

ROOT = Path(__file__).parents[2]
ACTIVE = ROOT / "policies" / "active"
CASES = ROOT / "tests" / "cases" / "signals"
LANGUAGES = ("de", "fr", "es", "pt")


@pytest.fixture(scope="module")
def packs() -> Mapping[str, PhraseSet]:
    return load({path.relative_to(ACTIVE).as_posix(): path.read_bytes() for path in ACTIVE.rglob("*.yaml")}).phrases


def cases(name: str) -> list[tuple[str, bool]]:
    """Every text of the four files of this name, and whether it is to be found."""
    files = (CASES / f"{name}.{language}.yaml" for language in LANGUAGES)
    told = [groups for file in files for groups in yaml.safe_load(file.read_text("utf-8")).values()]
    return [(text, kind == "flags") for groups in told for kind, texts in groups.items() for text in texts]


def is_said(fact: str, text: str, packs: Mapping[str, PhraseSet]) -> bool:
    speaker = "agent" if fact.startswith("reply.") else "customer"
    *_, last = told([{speaker: text}])
    moment = Moment(ticket=last.ticket, change=last.change, now=last.change.at, phrases=packs)
    return FACTS[fact].read(moment).value is True


@pytest.mark.parametrize(("text", "expected"), cases("recourse_offered"))
def test_a_way_back_is_seen_where_one_is_shown(text: str, *, expected: bool, packs: Mapping[str, PhraseSet]) -> None:
    assert is_said("reply.offers_recourse", text, packs) is expected


@pytest.mark.parametrize(("text", "expected"), cases("leaving"))
def test_who_wants_to_leave_is_heard(text: str, *, expected: bool, packs: Mapping[str, PhraseSet]) -> None:
    assert is_said("thread.customer_wants_to_leave", text, packs) is expected


@pytest.mark.parametrize(("text", "expected"), cases("refusal"))
def test_a_refusal_is_told_from_good_news(text: str, *, expected: bool, packs: Mapping[str, PhraseSet]) -> None:
    assert bool(packs["refusal"].find(text)) is expected


@pytest.mark.parametrize(
    ("written", "fact"),
    [
        ("Ihr Verkaeuferkonto wurde am 3. Mai dauerhaft geschlossen.", "reply.terminates_account"),
        (
            "Die Sperrung laesst sich nicht mehr aufheben, wir moechten darueber nicht mehr diskutieren.",
            "reply.denies_recourse",
        ),
        ("Votre compte a ete definitivement ferme et resilie.", "reply.terminates_account"),
        ("Cette decision est definitive et irrevocable.", "reply.denies_recourse"),
        ("Todavia no me llego nada, el paquete sigue sin llegar tambien hoy.", "thread.customer_objects"),
        ("Nao concordo com esta solucao, ainda nao recebi nada.", "thread.customer_objects"),
        ("Ja esta tudo resolvido, muito obrigado pela atencao.", "thread.customer_agreed"),
    ],
)
def test_accents_may_be_missing_or_spelled_out(written: str, fact: str, packs: Mapping[str, PhraseSet]) -> None:
    question, answer, solved = {"customer": "..."}, {"agent": "..."}, {"agent": "", "solve": True}
    steps = [{"agent": written}] if fact.startswith("reply.") else [question, answer, {"customer": written}, solved]
    *_, last = told(steps)

    assert FACTS[fact].read(Moment(ticket=last.ticket, change=last.change, now=last.change.at, phrases=packs)).value
