"""The demo: one story, played on a pretend helpdesk against the real service, all on this machine."""
