"""What the counters say, where it is more than counting."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime

from connectors.transport import Exchange
from policies.policy import Place, PolicyException, Rulebook
from service.metrics import Metrics


def exception(expires: date) -> PolicyException:
    place = Place(source="x.yaml", line=1, column=1)
    return PolicyException(
        id="x",
        policy="closed",
        match={},
        reason="r",
        approver="a",
        approved=date(2026, 3, 1),
        expires=expires,
        place=place,
    )


def test_the_next_exception_to_end_is_told_until_none_is_left(rulebook: Rulebook) -> None:
    """The files are not read again on the day that one ends."""
    metrics = Metrics(["zendesk"])
    book = replace(rulebook, exceptions=(exception(date(2026, 3, 31)), exception(date(2026, 3, 10))))
    told = []
    for now in (datetime(2026, 3, day, tzinfo=UTC) for day in (2, 11)):
        metrics.show_exceptions(book, now.timestamp())
        told.append(metrics.registry.get_sample_value("ombuds_exceptions_next_expiry_timestamp_seconds"))
    metrics.show_exceptions(book, datetime(2026, 4, 1, tzinfo=UTC).timestamp())

    assert told == [datetime(2026, 3, 11, tzinfo=UTC).timestamp(), datetime(2026, 4, 1, tzinfo=UTC).timestamp()]
    assert math.isnan(metrics.registry.get_sample_value("ombuds_exceptions_next_expiry_timestamp_seconds") or 0.0)


def test_limits_are_told_account_by_account() -> None:
    """Two accounts of one helpdesk have a limit each."""
    metrics = Metrics(["zendesk"])
    for account, left in (("acme", 690.0), ("other", 3.0)):
        answer = Exchange(method="GET", route="/t", status=200, duration_s=0.1, remaining=left, limit=700.0)
        metrics.observe("zendesk", account, answer)

    value = metrics.registry.get_sample_value
    for account, left in (("acme", 690.0), ("other", 3.0)):
        labels = {"helpdesk": "zendesk", "account": account}
        assert value("ombuds_helpdesk_ratelimit_remaining", labels) == left
        assert value("ombuds_helpdesk_ratelimit_limit", labels) == 700
