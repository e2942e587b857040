"""A review, told in numbers."""

from collections.abc import Sequence

from policies.verdict import Verdict
from service.enforcement import Ruling
from service.metrics import Metrics
from service.review import Review


def count_review(metrics: Metrics, reviewed: Review) -> None:
    """Counts decisions, what was held back and what agents answered."""
    count_decisions(metrics, reviewed.verdicts, reviewed.plan.rulings)
    for verdict in reviewed.verdicts:
        waited_h = verdict.facts.get("reply.hours_request_waited")
        if isinstance(waited_h, float):
            metrics.answered_s.observe(waited_h * 3_600)
    for answer in reviewed.answers:
        heard = "accepted" if answer.refusal is None else "refused"
        metrics.answers.labels(policy=answer.policy, command=answer.command, outcome=heard).inc()
    for one in reviewed.follow_ups:
        metrics.notes_followed.labels(policy=one.policy, outcome=one.correction).inc()
    for told in reviewed.ops_notes:
        metrics.ops_notes.labels(policy=told.policy).inc()
    metrics.loops.labels(reason="own_change").inc(reviewed.own_changes)
    if reviewed.plan.is_fused:
        metrics.loops.labels(reason="fuse").inc()


def count_decisions(metrics: Metrics, verdicts: Sequence[Verdict], rulings: Sequence[Ruling]) -> None:
    """Counts what was decided, in the modes that were in force, and what was held back; drafts and events alike."""
    in_force = {(item.found.change.id, item.found.finding.policy): item.mode for item in rulings}
    for verdict in verdicts:
        for outcome in verdict.outcomes:
            mode = in_force.get((verdict.change_id, outcome.policy), outcome.mode)
            labels = {"policy": outcome.policy, "result": outcome.result, "mode": mode, "point": verdict.point}
            metrics.decisions.labels(**labels).inc()
    for ruling in rulings:
        if ruling.held_by is not None:
            metrics.held.labels(reason=ruling.held_by).inc()
