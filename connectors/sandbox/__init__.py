"""A pretend Zendesk and Freshdesk for the demo, the tests and the fault rig."""
