"""The one store: deliveries, tickets, timers, decisions, actions, dead letters."""
