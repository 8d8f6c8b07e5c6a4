"""What was learned from incidents: one form, its review, the registry, causes that add up (docs/postmortems.md)."""
