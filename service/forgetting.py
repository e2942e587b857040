"""What is left of a decision and of an action once the words in them are no longer kept. Pure."""

import re
from dataclasses import replace

from policies.ticket import Role
from policies.verdict import Action, Finding, Value, Verdict

GONE = "(text no longer kept)"
_NOTE = f"<p>{GONE}</p>"
"""Still a note: how many there were, and how far an action went, stays as it was."""
_QUOTED = re.compile("“.*”", re.DOTALL)
"""From the first quotation mark to the last: what somebody wrote may hold some of its own."""
_WORDS = "reply.topic"
_PERSON = ("actor.name", "actor.email")
"""Kept of agents, for exceptions are made by their addresses; of others not."""


def without_words(verdict: Verdict) -> Verdict:
    """The verdict with its ids, results, numbers and places, and without what anybody wrote."""
    dropped = (_WORDS,) if verdict.facts.get("actor.role") == Role.AGENT else (_WORDS, *_PERSON)
    said = [text for name in dropped if (text := verdict.facts.get(name)) and isinstance(text, str)]
    facts: dict[str, Value] = {name: value for name, value in verdict.facts.items() if name not in dropped}
    return replace(
        verdict,
        facts=facts,
        outcomes=tuple(replace(one, explanation=unquoted(one.explanation)) for one in verdict.outcomes),
        findings=tuple(_without_words(one, said) for one in verdict.findings),
    )


def unquoted(sentence: str) -> str:
    """The sentence without what it quotes."""
    return _QUOTED.sub(GONE, sentence)


def without_note(action: Action) -> Action:
    """The action as before, its note without a text."""
    return action if action.note_html is None else replace(action, note_html=_NOTE)


def _without_words(finding: Finding, said: list[str]) -> Finding:
    advice = finding.advice
    for text in said:
        advice = advice.replace(text, GONE)
    return replace(
        finding,
        advice=advice,
        explanation=unquoted(finding.explanation),
        evidence=tuple(replace(one, text=GONE) for one in finding.evidence),
    )
