"""The telephone: what Twilio asks of us while it calls somebody, and what people answer. docs/telephone.md."""
