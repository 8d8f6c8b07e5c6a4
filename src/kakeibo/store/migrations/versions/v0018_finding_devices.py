"""Devices are found by name, and what happened to them of late, without reading them all."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_index("devices_by_name", "devices", ["fleet_id", "name"])
    op.create_index("device_changes_by_time", "device_changes", ["fleet_id", "at"])
