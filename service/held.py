"""Why a finding went no further than it did, in words for whoever asks later."""

from collections.abc import Mapping

HELD: Mapping[str, str] = {
    "ceiling": "the account's ceiling is lower",
    "rollout": "the policy had not come to this ticket yet",
    "kill_switch": "enforcement was switched off",
    "paused": "it was paused",
    "no_past": "nothing was known of what had been said on the ticket",
    "standing": "the ticket could not be spoken to any more",
    "approved": "a colleague had approved it",
    "answered": "an agent had answered it",
    "covered": "another finding of the same change said more",
    "note_window": "it was told shortly before",
    "budget": "the policy had no note left that day",
    "fuse": "there had been too many actions on the ticket within an hour",
}
"""By the reason that a ruling is kept with."""
