"""On-call: whose turn it is, and who is called next while nobody answers. docs/oncall.md explains both.

Pure: `turns`, `rotas`, `findings`, `calendars` (text in, text out) and `escalation`. Durable: `changes` (overrides and
swaps) and `pages` (escalations under way).
"""
