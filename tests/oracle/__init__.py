"""A second, plain reading of everything: it shares no code with the engine, and the engine must agree with it."""
