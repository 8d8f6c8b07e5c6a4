"""The rules for one device, pure and exact. Messages count in milliseconds, decisions in whole seconds.

A device collects *causes*: each becomes active and ends by its own rule (hysteresis), whatever the others do. It is out
of service for the first of its causes; `wanted` says so, and `fleets` does it, or holds.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec.structs import replace

from kakeibo.devices import BY_HAND, Fleet, Gone, Reason
from kakeibo.fleet.messages import Message

NEVER: Final = (1 << 62) // 1000
"""A second that does not come."""
SEEN: Final = 64
"""So many sequence numbers below the newest are remembered one by one: what comes again is a duplicate. One further
below is of a device that began to count anew."""
_ALL: Final = (1 << SEEN) - 1


class Cause(msgspec.Struct, frozen=True):
    """Why a device should be out since second `since`. `detail`: the code, or the words of the person.

    `fact`: heartbeat: the millisecond of the last sign of life; battery: the charge; error: how often within the rule.
    """

    reason: Reason
    since: int
    detail: str = ""
    fact: int = 0


class Device(msgspec.Struct, frozen=True):
    """All that is known of one device.

    `last`: the newest sign of life in ms (or when it was registered). `seen`: bit n is set when sequence - n came.
    `recent`: signs of life since the heartbeat was lost. `errors`: code -> its newest times, one more than the rule
    allows. `causes` in the order in which they became active; `out`: the one it is out for; `held`: the breaker holds.
    `changed`: the second of the last change of `out`. `gone`: it is not expected any more, and no rule looks at it.
    """

    last: int
    sequence: int = -1
    seen: int = 0
    on_trip: bool = False
    recent: tuple[int, ...] = ()
    errors: tuple[tuple[str, tuple[int, ...]], ...] = ()
    causes: tuple[Cause, ...] = ()
    out: Cause | None = None
    held: bool = False
    changed: int = 0
    gone: Gone = ""

    @property
    def plain(self) -> bool:
        """Nothing is to be known of it beside its last sign of life, its sequence, and whether it is on a trip."""
        return not (self.errors or self.causes or self.out or self.held or self.recent)


def hear(rules: Fleet, device: Device, message: Message, second: int) -> Device:
    """`device` after a message, judged in `second`: the first whole second at which it had been received.

    A retained message and a duplicate change nothing. A late one is a sign of life, and its errors count; what it says
    of battery and trip is overtaken by newer ones. A device that is gone comes back with a message, unless somebody
    retired it.
    """
    if message.retained or device.gone == "retired":
        return device
    if message.gone:
        return leave(device, "said")
    if device.gone:
        device = replace(device, gone="")
    newest, device = sequenced(device, message.sequence)
    if newest is None:
        return device
    device = replace(device, last=max(device.last, message.received))
    device = _alive(rules, device, message.received)
    for code in message.errors:
        if code in rules.errors:
            device = _failed(rules, device, code, message.received, second)
    if newest:
        device = device if message.on_trip is None else replace(device, on_trip=message.on_trip)
        device = device if message.battery is None else _charged(rules, device, message.battery, second)
        device = device if message.disabled is None else _disabled(device, message.disabled, second)
    return device


def leave(device: Device, gone: Gone) -> Device:
    """`device`, not expected any more: what rules knew is over; what people entered stays."""
    held = tuple(cause for cause in device.causes if cause.reason in BY_HAND)
    out = device.out if device.out in held else None
    return Device(device.last, device.sequence, device.seen, causes=held, out=out, changed=device.changed, gone=gone)


def sequenced(device: Device, sequence: int | None) -> tuple[bool | None, Device]:
    """Whether a message is the newest; None: it came before."""
    if sequence is None:
        return True, device
    behind = device.sequence - sequence
    if behind < 0:
        seen = (device.seen << -behind) & _ALL | 1 if -behind < SEEN else 1
        return True, replace(device, sequence=sequence, seen=seen)
    if behind >= SEEN:
        return True, replace(device, sequence=sequence, seen=1)
    if device.seen >> behind & 1:
        return None, device
    return False, replace(device, seen=device.seen | 1 << behind)


def elapse(rules: Fleet, device: Device, second: int, grace: int) -> Device:
    """`device` at `second`, when everything received until then was heard. Silence counts from `grace` (ms) on."""
    if device.gone:
        return device
    failures = (cause for cause in device.causes if cause.reason == "error")
    if ended := tuple(cause for cause in failures if _ends(rules, device, cause) <= second):
        codes = {cause.detail for cause in ended}
        device = replace(
            device,
            causes=tuple(cause for cause in device.causes if cause not in ended),
            errors=tuple(entry for entry in device.errors if entry[0] not in codes),
        )
    if device.errors:
        still = tuple(entry for entry in device.errors if _counts(rules, device, entry, second))
        device = replace(device, errors=still)
    if not _lost(device) and _deadline(rules, device, grace) <= second:
        cause = Cause("heartbeat", second, fact=device.last)
        device = replace(device, causes=(*device.causes, cause), recent=())
    return device


def due(rules: Fleet, device: Device, grace: int) -> int:
    """The first second at which `elapse` changes something, if nothing comes; NEVER when it does not."""
    if device.gone:
        return NEVER
    active = {cause.detail: _ends(rules, device, cause) for cause in device.causes if cause.reason == "error"}
    forgotten = [
        times[-1] // 1000 + rules.errors[code].within + 1 if code in rules.errors else 0
        for code, times in device.errors
        if code not in active
    ]
    silence = [] if _lost(device) else [_deadline(rules, device, grace)]
    return min([*active.values(), *forgotten, *silence], default=NEVER)


def wanted(device: Device) -> Cause | None:
    """What the device should be out for. Nothing takes it out during a trip: what becomes active waits for its end."""
    if device.gone:
        return device.out
    if not device.causes or (device.on_trip and not device.out):
        return None
    return device.causes[0]


def lock(device: Device, reason: Reason, words: str, second: int) -> Device:
    """Out by hand, before all that the rules say: none of them ever takes it back."""
    others = tuple(cause for cause in device.causes if cause.reason not in BY_HAND)
    return replace(device, causes=(Cause(reason, second, words), *others))


def release(device: Device, second: int) -> Device:
    """What was entered by hand is taken back; what the rules say holds. One that was retired is expected again."""
    if device.gone == "retired":
        device = replace(device, gone="", last=max(device.last, second * 1000))
    return replace(device, causes=tuple(cause for cause in device.causes if cause.reason not in BY_HAND))


def silent_by(rules: Fleet, device: Device, second: int, grace: int) -> bool:
    """Whether a device that nothing keeps out yet would be out by `second` if it goes on being silent."""
    free = not (device.on_trip or device.out or device.causes or device.gone)
    return free and _deadline(rules, device, grace) <= second


def _lost(device: Device) -> bool:
    return any(cause.reason == "heartbeat" for cause in device.causes)


def _deadline(rules: Fleet, device: Device, grace: int) -> int:
    return -(-max(device.last, grace) // 1000) + rules.heartbeat.silent_after


def _alive(rules: Fleet, device: Device, received: int) -> Device:
    """A sign of life: enough of them within the rule's time end the silence; one will do while the breaker holds."""
    if not _lost(device):
        return device
    rule = rules.heartbeat
    if device.held:
        return _without(device, "heartbeat")
    recent = tuple(sorted((*device.recent, received)))[-rule.messages :]
    if len(recent) < rule.messages or recent[-1] - recent[0] > rule.within * 1000:
        return replace(device, recent=recent)
    return _without(device, "heartbeat")


def _without(device: Device, reason: Reason) -> Device:
    recent = () if reason == "heartbeat" else device.recent
    return replace(device, recent=recent, causes=tuple(cause for cause in device.causes if cause.reason != reason))


def _failed(rules: Fleet, device: Device, code: str, received: int, second: int) -> Device:
    """One more error: more than allowed lie within the window exactly when the first of the newest n + 1 does."""
    rule, known = rules.errors[code], dict(device.errors)
    times = tuple(sorted((*known.get(code, ()), received)))[-(rule.more_than + 1) :]
    known[code] = times
    device = replace(device, errors=tuple(known.items()))
    many = len(times) > rule.more_than and times[-1] - times[0] <= rule.within * 1000
    if not many or any(cause.reason == "error" and cause.detail == code for cause in device.causes):
        return device
    return replace(device, causes=(*device.causes, Cause("error", second, code, rule.more_than + 1)))


def _ends(rules: Fleet, device: Device, cause: Cause) -> int:
    """When an error that took the device out is over; at once when the book has no rule for it any more."""
    times = dict(device.errors).get(cause.detail)
    if cause.detail not in rules.errors or not times:
        return 0
    return -(-times[-1] // 1000) + rules.errors[cause.detail].back_after


def _counts(rules: Fleet, device: Device, entry: tuple[str, tuple[int, ...]], second: int) -> bool:
    """Whether errors of a code can still matter: it is out for them, or they may yet be too many."""
    code, times = entry
    if any(cause.reason == "error" and cause.detail == code for cause in device.causes):
        return True
    return code in rules.errors and times[-1] + rules.errors[code].within * 1000 >= second * 1000


def _disabled(device: Device, disabled: bool, second: int) -> Device:
    if not disabled:
        return _without(device, "disabled")
    if any(cause.reason == "disabled" for cause in device.causes):
        return device
    return replace(device, causes=(*device.causes, Cause("disabled", second)))


def _charged(rules: Fleet, device: Device, battery: int, second: int) -> Device:
    rule = rules.battery
    if rule is None:
        return device
    empty = any(cause.reason == "battery" for cause in device.causes)
    if not empty and battery < rule.out_below:
        return replace(device, causes=(*device.causes, Cause("battery", second, fact=battery)))
    if empty and battery >= rule.back_above:
        return _without(device, "battery")
    return device
