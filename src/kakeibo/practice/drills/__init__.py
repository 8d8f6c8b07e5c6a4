"""Drills: an incident that is none, played with the real pipeline on a copy of the book and a store of its own."""
