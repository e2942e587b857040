"""Sabotages that several experiments share, and the findings they must lead to."""

from experiment import POSTGRESQL, SQLITE, Control

LOST = frozenset({"lost"})
EARLY_ACK = Control(name="ack_before_commit", finds=LOST)
NO_DEDUP = Control(name="no_dedup", finds=frozenset({"unexpected"}))
NO_READBACK = Control(name="no_readback", finds=frozenset({"notes_duplicated"}))
GIVES_UP = Control(name="gives_up_at_once", finds=frozenset({"parked"}))
ONLY_SQLITE, ONLY_POSTGRESQL = (SQLITE,), (POSTGRESQL,)
