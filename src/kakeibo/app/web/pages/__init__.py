"""One file a page: a `router`, and a `PLACE` in the navigation where it has one. They are found by themselves."""
