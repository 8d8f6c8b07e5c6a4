"""Slack: commands and buttons. docs/chat.md."""
