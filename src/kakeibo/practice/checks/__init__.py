"""One file a check: found by itself, known by its `KIND`."""
