"""Who is there: local accounts, sessions, tokens, and signing in at a provider. What they may do: permissions.py."""
