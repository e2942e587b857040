"""What a checkup tells of an account's gate. Its secrets were looked at with the settings, which refuse short ones."""

from policies.judgement import in_force
from policies.policy import Policy, Rulebook
from policies.verdict import Mode, Point
from service.checkup_desk import Desk
from service.checkup_judging import Judged, ok, warn
from service.commands import APPROVERS
from service.enforcement import Limits
from service.gate_plan import plan_of


async def gate(desk: Desk) -> Judged | None:
    """What its app asks about, and whether somebody can let pass what is refused; None where there is no gate."""
    rulebook, given = desk.house.rulebook, desk.settings.gate
    if given is None or rulebook is None:
        return None
    limits = Limits(ceiling=desk.settings.ceiling)
    asked = [kind.replace("_", " ") for kind, one in plan_of(rulebook, limits).items() if one.ask]
    if not asked:
        fix = "Give a policy a mode for drafts, in modes.yaml: {draft: note}. Apps ask as soon as it is in force."
        return warn("no policy speaks to drafts, so its app never asks", fix)
    stuck = [] if limits.ceiling is not Mode.BLOCK else _stuck(rulebook)
    if stuck:
        told = f"what {', '.join(stuck)} refuses in a draft can be let pass by nobody"
        return warn(told, f"Name groups in the list {APPROVERS} of the policy files, or let agents override it.")
    return ok("; ".join([f"asks about: {', '.join(asked)}", *_remarks(desk, len(given.secrets))]))


def _stuck(rulebook: Rulebook) -> list[str]:
    """Policies that refuse drafts, while agents may not override and nobody may approve."""
    if rulebook.lists.get(APPROVERS):
        return []
    return [policy.id for policy in in_force(rulebook.policies, Point.DRAFT) if _refuses_for_good(policy)]


def _refuses_for_good(policy: Policy) -> bool:
    return not policy.overridable and policy.strictest(Point.DRAFT) is Mode.BLOCK


def _remarks(desk: Desk, secrets: int) -> list[str]:
    """What is as somebody wanted it, and should be remembered."""
    remarks = {
        "two secrets are valid: take the old one out once the app has the new one": secrets > 1,
        f"nothing is refused, its ceiling is {desk.settings.ceiling}": desk.settings.ceiling is not Mode.BLOCK,
        "it knows of a ticket only what the app sees, for keep_text_days is 0": not _keeps_words(desk),
    }
    return [told for told, is_so in remarks.items() if is_so]


def _keeps_words(desk: Desk) -> bool:
    return desk.house.settings.store.keep_text_days > 0
