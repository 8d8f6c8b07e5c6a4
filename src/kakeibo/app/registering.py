"""Devices that register by LwM2M: each registration is in the store before it is answered, and as long as it holds, the
device has said that it is alive.

For the fleet's rules a registration is a row of signs of life: one when it is made or updated, further ones while it
holds, the last of them `silent_after` before its lifetime and the grace are over. So a device that sleeps in between is
in service, and one that does not come back is out in that very second.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Sequence
from typing import Any, Final

from aiocoap import (
    BAD_REQUEST,
    CHANGED,
    CREATED,
    DELETE,
    DELETED,
    INTERNAL_SERVER_ERROR,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    POST,
    SERVICE_UNAVAILABLE,
    Context,
    Message,
)
from aiocoap.resource import Resource

from kakeibo import clock
from kakeibo.app.receiving import speaking_thread
from kakeibo.devices import Fleet
from kakeibo.errors import KakeiboError, SourceError
from kakeibo.fleet import inbox, registrations
from kakeibo.fleet.inbox import Block
from kakeibo.fleet.messages import MAX_ID
from kakeibo.fleet.messages import Message as Heard
from kakeibo.i18n import t
from kakeibo.sources.lwm2m import Lwm2m, Registration, lifetime
from kakeibo.sources.mqtt_session import now_ms
from kakeibo.store import Store

MOST: Final = 100_000
"""Registrations; further devices are asked to come again."""
_TICK: Final = 0.5


class Registry(Resource):  # type: ignore[misc]  # aiocoap has no types
    """What devices ask of us, and what that makes of the fleet."""

    def __init__(self, store: Store, source: Lwm2m, fleet: Fleet) -> None:
        super().__init__()
        self._store, self._source, self._fleet = store, source, fleet
        self._name = source.source.name
        self._spoke: dict[str, int] = {}
        self.settled = now_ms()
        self._held = {
            place: one.held_until(self.settled) for place, one in registrations.load(store, self._name).items()
        }
        self._places = {one.device: place for place, one in self._held.items()}
        self._keep([], Block(blind=-(-self.settled // 1000)))

    async def render(self, request: Message) -> Message:
        """Nothing a device sends may end the server."""
        path, said = request.opt.uri_path, _said(request.opt.uri_query)
        try:
            if path[:1] != ("rd",) or len(path) > 2:
                return Message(code=NOT_FOUND)
            if request.code not in (POST, DELETE) or (request.code == DELETE and len(path) == 1):
                return Message(code=METHOD_NOT_ALLOWED)
            return self._answer(request.code, path[1:], said, str(request.remote.hostinfo))
        except ValueError:
            return Message(code=BAD_REQUEST)
        except KakeiboError:
            return Message(code=SERVICE_UNAVAILABLE)
        except Exception:
            return Message(code=INTERNAL_SERVER_ERROR)

    def _answer(self, code: Any, place: Sequence[str], said: dict[str, str], address: str) -> Message:
        if not place:
            return self._register(said, address)
        held = self._held.get(place[0])
        if held is None:  # the device registers anew
            return Message(code=NOT_FOUND)
        if code == DELETE:
            with self._store.keeping() as connection:
                registrations.remove(connection, self._name, held.place)
            self._forget(held)
            return Message(code=DELETED)
        self._renew(held.updated(now_ms(), said, address))
        return Message(code=CHANGED)

    def _register(self, said: dict[str, str], address: str) -> Message:
        device = said.get("ep", "")
        if not device or len(device) > MAX_ID or "\0" in device:
            return Message(code=BAD_REQUEST)
        known = self._places.get(device)
        if known is None and len(self._held) >= MOST:
            return Message(code=SERVICE_UNAVAILABLE)
        place = known or secrets.token_urlsafe(6)
        self._renew(Registration(place, device, lifetime(said.get("lt")), now_ms(), said.get("b", ""), address))
        return Message(code=CREATED, location_path=("rd", place))

    def _renew(self, one: Registration) -> None:
        self._keep([one], Block([Heard(one.device, one.renewed)], {one.renewed // 60_000: 1}))
        self._held[one.place], self._spoke[one.place] = one, one.renewed
        self._places[one.device] = one.place

    def _keep(self, renewed: Sequence[Registration], block: Block) -> None:
        with self._store.keeping() as connection:
            for one in renewed:
                registrations.put(connection, self._name, one)
            inbox.put(connection, self._name, [block])

    def go_on(self, now: int) -> None:
        """Note up to `now` (ms) what registrations stand for; at least three signs of life in the time of silence."""
        rule, found = self._fleet.heartbeat.silent_after, []
        for place, one in self._held.items():
            until = min(now, one.alive_until(self._source.grace, rule))
            spoke = self._spoke.get(place, one.renewed)
            if until > spoke and (until < now or now - spoke >= rule * 1000 // 3):
                found.append(Heard(one.device, until))
                self._spoke[place] = until
        if found:
            self._keep([], Block(found))
        self._end([one for one in self._held.values() if now > one.ends(self._source.grace)])
        self.settled = now

    def _end(self, over: Sequence[Registration]) -> None:
        """They hold no more: a device that comes back registers anew."""
        if not over:
            return
        with self._store.keeping() as connection:
            for one in over:
                registrations.remove(connection, self._name, one.place)
        for one in over:
            self._forget(one)

    def _forget(self, one: Registration) -> None:
        del self._held[one.place], self._places[one.device]
        self._spoke.pop(one.place, None)


class RegistrationReceiver:
    """Serves devices in a thread of its own."""

    def __init__(self, store: Store, source: Lwm2m, fleet: Fleet) -> None:
        self._store, self._source, self._fleet = store, source, fleet
        self._stop = threading.Event()
        self._registry: Registry | None = None
        self._problem: Exception | None = None
        self._thread = speaking_thread(self._run, f"lwm2m {source.source.name}")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def drain(self) -> None:
        """Devices come when they come: wait until we listen."""
        while self._registry is None and not self._stop.is_set():
            self.check()
            clock.sleep(0.02)

    def settled(self) -> int | None:
        registry = self._registry
        return registry.settled if registry else None

    def check(self) -> None:
        if self._problem is not None:
            raise self._problem

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                asyncio.run(self._serve())
            except Exception as error:  # told by `check`; we begin anew
                self._registry = None
                self._problem = error if isinstance(error, KakeiboError) else self._refused(error)
                self._stop.wait(5.0)

    async def _serve(self) -> None:
        registry = Registry(self._store, self._source, self._fleet)
        context = await Context.create_server_context(registry, bind=(self._source.host, self._source.port))
        try:
            self._registry, self._problem = registry, None
            while not self._stop.is_set():
                registry.go_on(now_ms())
                await asyncio.sleep(_TICK)
        finally:
            await context.shutdown()

    def _refused(self, error: Exception) -> SourceError:
        where = f"{self._source.host}:{self._source.port}"
        why = error.strerror if isinstance(error, OSError) and error.strerror else repr(error)
        return SourceError(
            t("nobody can register at {where}: {why}", where=where, why=why),
            t("correct listen:, or end what listens there"),
        )


def _said(query: Sequence[str]) -> dict[str, str]:
    """The parameters of a request; one without a value stands for itself, as Q does: the device sleeps."""
    pairs = (one.partition("=") for one in query)
    found = {name: value for name, _, value in pairs}
    if "Q" in found:
        found["b"] = found.get("b", "U").replace("Q", "") + "Q"
    return found
