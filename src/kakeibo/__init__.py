"""kakeibo: the account book of an organisation's error budgets."""

__version__ = "0.1.0"
