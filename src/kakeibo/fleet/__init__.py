"""Devices: heartbeats, error windows, service-out, in-service time.

`rules` is pure and judges one device; `columns` does the same for a million at once; `fleets` runs the clock; `records`
keeps all of it in the store. docs/fleet.md says what holds.
"""
