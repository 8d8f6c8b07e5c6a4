"""Burn-rate alerts as arithmetic: rules as data, decisions as pure functions of counts and minute, and their replay."""
