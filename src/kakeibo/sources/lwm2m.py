"""Devices that register with us for a lifetime: the registration interface of LwM2M, over CoAP.

http://www.openmobilealliance.org/release/LightweightM2M/ (Core, 6.2): POST /rd registers, POST /rd/PLACE updates,
DELETE /rd/PLACE deregisters. Whatever else a device has to say comes by HTTP, to the same fleet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from kakeibo.errors import OptionError
from kakeibo.i18n import t
from kakeibo.model import Source
from kakeibo.sources.kinds import Incoming

PORT: Final = 5683
LIFETIME: Final = 86_400
"""Seconds that a registration holds which does not say how long (Core, 6.2.1)."""
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Lwm2m(Incoming):
    """Where we listen, and how long a registration is waited for beyond its lifetime."""

    KIND = "lwm2m"
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        "listen": {
            "type": "string",
            "description": "Where devices reach us. Left out: this machine alone. Example: `listen: 10.0.0.1:5683`",
        },
        "grace": {
            "type": "string",
            "description": "How long to wait for an update that is late. Left out: 1m. Example: `grace: 5m`",
        },
    }

    def __init__(self, source: Source) -> None:
        """Raises OptionError."""
        super().__init__(source)
        host, colon, port = self.option("listen", str, f"127.0.0.1:{PORT}").rpartition(":")
        if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65_536:
            example = t("write it like this: {example}", example=f"listen: 127.0.0.1:{PORT}")
            raise OptionError(t("that is no address"), example, ("listen",))
        self.host, self.port = host.strip("[]"), int(port)
        found = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", text := self.option("grace", str, "1m"), re.ASCII)
        if not found:
            raise OptionError(
                t("{key} must be a length of time such as {example}, not {found}",
                  key="grace", example="5m", found=repr(text)), "", ("grace",)
            )  # fmt: skip
        self.grace = int(found[1]) * _UNITS[found[2]]


@dataclass(frozen=True, slots=True)
class Registration:
    """One device. `renewed`: when it last said so, in ms; `lifetime` in seconds. A `binding` with a Q in it: the device
    sleeps in between, which is no silence as long as the registration holds."""

    place: str
    device: str
    lifetime: int
    renewed: int
    binding: str = ""
    address: str = ""

    def ends(self, grace: int) -> int:
        """The ms in which it is over."""
        return self.renewed + 1000 * (self.lifetime + grace)

    def held_until(self, now: int) -> Registration:
        """Nobody could renew it before `now`: what ended meanwhile is given the grace."""
        return replace(self, renewed=max(self.renewed, now - 1000 * self.lifetime))

    def alive_until(self, grace: int, silent_after: int) -> int:
        """The ms of the last sign of life that the registration stands for: `silent_after` seconds later, which is
        when its lifetime and the grace are over, the device is out."""
        return self.ends(grace) - 1000 * silent_after

    def updated(self, received: int, said: dict[str, str], address: str) -> Registration:
        """After an update: what it does not say stays. Raises ValueError for a lifetime that is none."""
        return replace(self, renewed=received, lifetime=lifetime(said.get("lt"), self.lifetime), address=address,
                       binding=said.get("b", self.binding))  # fmt: skip


def lifetime(text: str | None, usual: int = LIFETIME) -> int:
    """Seconds. Raises ValueError for what is none."""
    if text is None:
        return usual
    if not text.isdecimal() or not 0 < int(text) < 1 << 32:
        raise ValueError(text)
    return int(text)
