"""The command line: one file per command, found by itself and imported only when it is called."""

from kakeibo.app.cli.main import main

__all__ = ["main"]
