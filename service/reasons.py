"""Why a delivery could not be finished: the reason codes of dead letters, each with what it means."""

from enum import StrEnum


class Reason(StrEnum):
    """A code for programs; `MEANING` has the sentence for people."""

    HELPDESK_UNREACHABLE = "helpdesk_unreachable"
    TOO_OLD = "too_old"
    GAVE_UP = "gave_up"
    CREDENTIALS = "credentials"
    REFUSED = "refused"
    TICKET_GONE = "ticket_gone"
    UNKNOWN_ACCOUNT = "unknown_account"
    INTERNAL_ERROR = "internal_error"
    NO_TICKET_ID = "no_ticket_id"
    AMBIGUOUS_TICKET_ID = "ambiguous_ticket_id"


MEANING = {
    Reason.HELPDESK_UNREACHABLE: "The helpdesk did not answer, or had no time for us, at any of the tries.",
    Reason.TOO_OLD: "It kept failing for as long as [work] give_up_after_h allows.",
    Reason.GAVE_UP: "The ticket never came to rest, or the service ended in the middle of every visit.",
    Reason.CREDENTIALS: "The helpdesk does not know our credentials, or they lack a right.",
    Reason.REFUSED: "The helpdesk understood what was asked and said no.",
    Reason.TICKET_GONE: "The ticket is not there, or no longer.",
    Reason.UNKNOWN_ACCOUNT: "The settings no longer hold the account.",
    Reason.INTERNAL_ERROR: "A fault of Ombuds; the log has the place.",
    Reason.NO_TICKET_ID: "The webhook was authentic and named no ticket.",
    Reason.AMBIGUOUS_TICKET_ID: "The webhook was authentic and named more than one ticket.",
}
