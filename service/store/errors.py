"""What the store may say no with.

StoreError               it could not be read or written: answered with 503, tried again by the sender
├─ LeaseLostError        somebody else has the ticket now: the visit stops
└─ ReplayError           this dead letter cannot be replayed, and why
"""


class StoreError(Exception):
    """The store could not be read or written. Nothing of what was asked has happened."""


class LeaseLostError(StoreError):
    """The visit took longer than its lease and the ticket was given to another worker."""


class ReplayError(StoreError):
    """A dead letter that cannot be replayed. The message is a sentence for the operator."""
