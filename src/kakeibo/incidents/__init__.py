"""Incidents: what went wrong, since when, who looks after it, and what was done about it. docs/incidents.md.

`nouns` says what an incident is; `changes` writes and `records` reads. Pure: `onsets` (when it began and ended),
`relations` (which objectives go together), `likeness` (the same pattern as an earlier one) and `durations`.
"""
