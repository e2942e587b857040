"""Asks a helpdesk for the names there are, and compares them with those that policies name."""

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.errors import HelpdeskError
from connectors.helpdesk import Helpdesk, Named
from policies.policy import Problem, Rulebook
from service.named import missing, named_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is not there, and what could not be asked, a sentence each."""

    problems: tuple[Problem, ...]
    unasked: tuple[str, ...]
    is_whole: bool
    """False: the helpdesk did not answer something that it could tell."""


async def compare_names(helpdesk: Helpdesk, rulebook: Rulebook) -> Comparison:
    """What policies name that the helpdesk does not have. What it does not tell keeps nothing else from being asked."""
    called, names = f"{helpdesk.kind}/{helpdesk.account}", named_in(rulebook.sources)
    there, unasked, is_whole = await _ask(helpdesk, sorted({name.kind for name in names}), called)
    return Comparison(problems=tuple(missing(names, there, called)), unasked=tuple(unasked), is_whole=is_whole)


async def _ask(
    helpdesk: Helpdesk, kinds: Iterable[Named], called: str
) -> tuple[dict[Named, frozenset[str]], list[str], bool]:
    """The names of each kind; what could not be asked keeps nothing else from being asked."""
    there: dict[Named, frozenset[str]] = {}
    unasked, is_whole = [], True
    for kind in kinds:
        try:
            names = await helpdesk.names(kind)
        except HelpdeskError as error:
            unasked.append(f"{called} could not be asked for {_several(kind)}: {error}.")
            is_whole = False
            continue
        if names is None:
            unasked.append(f"{called} could not be asked for {_several(kind)}: it keeps no list of them.")
        else:
            there[kind] = names
    return there, unasked, is_whole


def _several(kind: Named) -> str:
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"
