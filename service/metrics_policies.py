"""What is counted of policies: what they said, what became of it, and how they stand in their files."""

import math
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from policies.correcting import Correction
from policies.policy import Policy, Rulebook
from policies.verdict import Mode, Point, Result, Tell
from service.drafts import PATHS
from service.held import HELD
from service.store.records import CommandKind


class PolicyMetrics:
    """The part of `Metrics` with a policy in every sentence."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._declare_findings(registry)
        self._declare_files(registry)
        self._declare_candidate(registry)
        for reason in HELD:
            self.held.labels(reason=reason)

    def _declare_findings(self, registry: CollectorRegistry) -> None:
        self.decisions = Counter(
            "ombuds_decisions",
            "What policies said of changes, with the mode in force.",
            ["policy", "result", "mode", "point"],
            registry=registry,
        )
        self.held = Counter("ombuds_findings_held", "Findings that were held back.", ["reason"], registry=registry)
        self.ops_notes = Counter(
            "ombuds_ops_notes", "Findings told to those who run the desk.", ["policy"], registry=registry
        )
        self.notes_followed = Counter(
            "ombuds_notes_followed",
            "Findings told to agents, by what an agent did first to make them good.",
            ["policy", "outcome"],
            registry=registry,
        )
        self.bypass_seen = Counter(
            "ombuds_bypass_seen",
            "Sent although the gate would have refused it, and nobody let it pass there. path: past_the_gate, if the"
            " gate had refused just that; else how it was sent, for the gate was not asked. web is an app that is"
            " missing, switched off or had to decide alone.",
            ["policy", "path"],
            registry=registry,
        )
        self.answered_s = Histogram(
            "ombuds_reconsideration_answer_seconds",
            "How long customers' requests for another look had waited when they were answered.",
            buckets=[hours * 3_600 for hours in (1, 2, 4, 8, 16, 24, 48, 72, 120, 168, 336, 720)],
            registry=registry,
        )
        self.budget_exhausted = Gauge(
            "ombuds_policy_budget_exhausted",
            "1 while a policy has left all the notes that it may leave in a day, on any account.",
            ["policy"],
            registry=registry,
        )
        self.paused = Gauge("ombuds_paused", "1 while everything is paused.", registry=registry)
        self.policies_paused = Gauge("ombuds_policies_paused", "Policies paused by name.", registry=registry)
        self.answers = Counter(
            "ombuds_answers", "What agents answered to findings.", ["policy", "command", "outcome"], registry=registry
        )

    def _declare_files(self, registry: CollectorRegistry) -> None:
        self.policies_loaded = Gauge(
            "ombuds_policy_load_success_timestamp_seconds", "When the policies were read.", registry=registry
        )
        self.policy_reload_success = Gauge(
            "ombuds_policy_reload_success", "1 if the policy files are in force as they stand.", registry=registry
        )
        self.policy_reload_failures = Counter(
            "ombuds_policy_reload_failures", "Changed policy files that were refused.", registry=registry
        )
        self.policy_revision = Gauge(
            "ombuds_policy_info", "1 for the revision of the policies in force.", ["revision"], registry=registry
        )
        self.exceptions = Gauge("ombuds_exceptions", "Exceptions from policies, expired or not.", registry=registry)
        self.exceptions_unused = Gauge(
            "ombuds_exceptions_unused", "Those nobody needed for 30 days; NaN: not counted.", registry=registry
        )
        self.exceptions_over_wide = Gauge(
            "ombuds_exceptions_over_wide",
            "Those that cover more than half of what their policy found; NaN: not counted.",
            registry=registry,
        )
        for gauge in (self.exceptions_unused, self.exceptions_over_wide):
            gauge.set(math.nan)
        self.exception_expiry = Gauge(
            "ombuds_exceptions_next_expiry_timestamp_seconds",
            "The end of the day on which the next exception that has not expired does.",
            registry=registry,
        )

    def _declare_candidate(self, registry: CollectorRegistry) -> None:
        self.candidate_differences = Counter(
            "ombuds_candidate_differences",
            "Where the candidate judges otherwise, at each look by the clock too; kind: new, lost, unknown, mode.",
            ["policy", "kind"],
            registry=registry,
        )
        self.candidate_compared = Counter(
            "ombuds_candidate_compared", "Changes that the candidate judged as well.", registry=registry
        )
        self.candidate_load_success = Gauge(
            "ombuds_candidate_load_success",
            "1 if the candidate's files are compared as they stand; NaN: there are none.",
            registry=registry,
        )
        self.candidate_load_success.set(math.nan)

    def show_policies(self, rulebook: Rulebook, loaded_at_s: float) -> None:
        """Begins the counters of every policy."""
        self.policies_loaded.set(loaded_at_s)
        self.policy_reload_success.set(1)
        self.policy_revision.clear()
        self.policy_revision.labels(revision=rulebook.revision).set(1)
        self.show_exceptions(rulebook, loaded_at_s)
        self.show_budgets(frozenset(), rulebook)
        for policy in rulebook.policies:
            mode = policy.modes.get(Point.EVENT, Mode.OBSERVE)
            if policy.tell is Tell.OPS:
                self.ops_notes.labels(policy=policy.id)
            for correction in Correction:
                self.notes_followed.labels(policy=policy.id, outcome=correction)
            for result, in_force in product(Result, {mode, Mode.OBSERVE}):  # what cannot be told goes no further
                self.decisions.labels(policy=policy.id, result=result, mode=in_force, point=Point.EVENT)
            for told in _modes_of_drafts(policy):
                self.decisions.labels(policy=policy.id, result=Result.VIOLATION, mode=told, point=Point.DRAFT)
            for path in PATHS if Mode.BLOCK in _modes_of_drafts(policy) else ():
                self.bypass_seen.labels(policy=policy.id, path=path)
            for command in (CommandKind.APPROVE, CommandKind.OVERRIDE, CommandKind.WRONG):
                for outcome in ("accepted", "refused"):
                    self.answers.labels(policy=policy.id, command=command, outcome=outcome)

    def show_exceptions(self, rulebook: Rulebook, now_s: float) -> None:
        """Sets which exception ends next. Without one that has still to end, the timestamp is NaN."""
        ends = [_end_of(one.expires) for one in rulebook.exceptions]
        self.exceptions.set(len(ends))
        self.exception_expiry.set(min((end for end in ends if end > now_s), default=math.nan))

    def show_budgets(self, exhausted: Collection[str], rulebook: Rulebook) -> None:
        """Sets which of the policies in force have no note left."""
        self.budget_exhausted.clear()
        for policy in rulebook.policies:
            self.budget_exhausted.labels(policy=policy.id).set(policy.id in exhausted)


def _modes_of_drafts(policy: Policy) -> list[Mode]:
    """Those that may be in force for what it finds in a draft: little is known of some tickets, and that lowers it."""
    modes = (policy.modes, *(local.modes for local in policy.elsewhere))
    highest = max(one.get(Point.DRAFT, Mode.DISABLED).rank for one in modes)
    return [mode for mode in Mode if Mode.OBSERVE.rank <= mode.rank <= highest]


def _end_of(day: date) -> float:
    """The second after it, UTC."""
    return datetime.combine(day + timedelta(days=1), time(), UTC).timestamp()
