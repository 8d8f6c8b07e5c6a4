"""Habits: what the organisation's own incidents advise, and drills."""
