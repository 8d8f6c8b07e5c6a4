"""`python -m kakeibo`."""

from kakeibo.app.cli import main

main()
