"""Everything that waits, listens or remembers."""
