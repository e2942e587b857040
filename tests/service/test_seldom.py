"""What strangers can make the log say is bounded, and nobody wonders how much was left out."""

from structlog.testing import capture_logs

from service.seldom import Seldom


def test_the_same_is_told_once_a_minute_with_how_often_it_was_left_out() -> None:
    """A flood of forged requests must not fill the disk that the store is on."""
    now = [0.0]
    seldom = Seldom(steady_s=lambda: now[0])

    with capture_logs() as lines:
        for now[0] in (0.0, 1.0, 59.0, 60.0, 121.0):
            seldom.warn("webhook not taken", account="acme", outcome="unverified")
        seldom.warn("webhook not taken", account="acme", outcome="unreadable")

    told = [(line["outcome"], line.get("left_out")) for line in lines]
    assert told == [("unverified", None), ("unverified", 2), ("unverified", None), ("unreadable", None)]
