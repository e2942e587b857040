"""Signals: one file each, pure functions that compute facts from a ticket and a change."""
