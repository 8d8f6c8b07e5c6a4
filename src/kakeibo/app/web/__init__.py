"""The web: pages, the API, metrics, and the doors for alerts of other tools. docs/web.md describes it."""
