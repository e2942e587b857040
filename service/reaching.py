"""What to do where a helpdesk could not be asked. Pure."""

from connectors.errors import HelpdeskError, RateLimitError, Silence, UnansweredError

_LOOK = "`curl -sv` with its base_url shows more."
_UNANSWERED = {
    Silence.NO_NAME: "Mend base_url if the name is wrong; else let this machine resolve names: `getent hosts` with it.",
    Silence.NO_CONNECTION: f"Let firewalls and routes let this machine out to it, or mend base_url. {_LOOK}",
    Silence.NO_TLS: "Let base_url be the helpdesk's own https address, with no proxy between that opens TLS, "
    f"and this machine's clock be right. {_LOOK}",
    Silence.TOO_SLOW: "Try again; look at the helpdesk's status page, and whether a firewall swallows what is sent. "
    + _LOOK,
    Silence.BROKEN_OFF: f"Try again; look whether base_url leads to the helpdesk and not to something else. {_LOOK}",
}


def next_step(error: HelpdeskError) -> str:
    """The next step for whoever runs Ombuds; credentials and rights are another matter."""
    if isinstance(error, UnansweredError):
        return _UNANSWERED[error.silence]
    if isinstance(error, RateLimitError):
        wait = "a minute" if error.retry_after_s is None else f"{error.retry_after_s:.0f} seconds"
        return f"Wait {wait}, and run this again. All apps of the account share its limit."
    return "Look whether base_url is the account's own address; if so, try again, and see the helpdesk's status page."
