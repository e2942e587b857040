"""Everything a vendor decides: reading webhooks, reading and writing tickets."""
