"""The Freshdesk connector."""
