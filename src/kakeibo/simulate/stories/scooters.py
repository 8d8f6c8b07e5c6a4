"""Shared scooters over a day or more: what takes one out, what takes many out, and what only looks like it.

Single radio gaps, empty batteries, a carrier that fails in Osaka, an update that breaks the motor control of one model:
all of these are theirs. At noon our own gateway stands still, and six in ten scooters seem to be lost: nothing must go
out then.
"""

from __future__ import annotations

from datetime import date

from kakeibo.simulate.fleet_scenario import FleetScenario, Trouble

_NIGHT = (60, 360)
_EVENING = (1_140, 1_380)

SCENARIO = FleetScenario(
    name="scooters",
    title={"en": "Shared scooters over a day", "ja": "シェア用スクーターの1日"},
    timezone="Asia/Tokyo",
    first_day=date(2026, 10, 5),
    every=300,
    silent_after=900,
    error_code="E17",
    more_errors_than=3,
    errors_end_after=1_800,
    breaker_share=200,
    breaker_ahead=300,
    breaker_at_least=10,
    out_below=50,
    firmware=("2.3.0", "2.4.0"),
    regions=(("tokyo", 45), ("osaka", 25), ("nagoya", 18), ("sapporo", 12)),
    models=(("S1", 30), ("S2", 40), ("S3", 30)),
    trips=((390, 540), (600, 735), (1_065, 1_230)),
    troubles=(
        Trouble(
            "radio-gaps-at-night",
            "gap",
            {"en": "Scooters without radio for a while", "ja": "一時的に電波の届かないスクーター"},
            _NIGHT,
            30,
            "messages of one scooter are missing; up to two in a row take none out",
            length=(1, 14),
        ),
        Trouble(
            "reboots",
            "reboot",
            {"en": "Scooters that start again", "ja": "再起動したスクーター"},
            _NIGHT,
            20,
            "sequence begins at 0 again after one missing message; none goes out",
        ),
        Trouble(
            "carrier-osaka",
            "carrier",
            {"en": "A carrier fails in Osaka", "ja": "大阪での通信会社の障害"},
            (460, 505),
            100,
            "only scooters in osaka are silent; those on a trip stay in until it ends",
            region="osaka",
            weekly=True,
        ),
        Trouble(
            "low-batteries",
            "battery",
            {"en": "Batteries that ran low", "ja": "電池切れの近いスクーター"},
            (570, 630),
            30,
            "soc falls below 5 and jumps to 100 when the battery was changed",
            length=(6, 18),
        ),
        Trouble(
            "gateway",
            "gateway",
            {"en": "Our own gateway stands still", "ja": "自社ゲートウェイの停止"},
            (780, 820),
            600,
            "six in ten are silent in every region at once: the breaker holds, nothing goes out",
            weekly=True,
        ),
        Trouble(
            "firmware-2.4.0",
            "firmware",
            {"en": "An update breaks the motor control of S3", "ja": "S3のモーター制御を壊した更新"},
            (870, 900),
            80,
            "error E17 with every message of firmware 2.4.0, until 2.3.0 is back from 16:30 on",
            model="S3",
            length=(18, 21),
            weekly=True,
        ),
        Trouble(
            "radio-gaps-in-the-evening",
            "gap",
            {"en": "Scooters without radio for a while", "ja": "一時的に電波の届かないスクーター"},
            _EVENING,
            30,
            "as at night; some of them on a trip",
            length=(1, 8),
        ),
    ),
    book="scooters.yaml",
)
