"""The Zendesk connector."""
