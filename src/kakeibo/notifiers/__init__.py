"""Channels: one file each. A notifier carries a `Message` to one receiver and tells what became of it."""
