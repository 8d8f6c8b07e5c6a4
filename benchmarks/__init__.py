"""What counting costs, measured beside other ways of doing it, in one run: `python -m benchmarks --help`."""
