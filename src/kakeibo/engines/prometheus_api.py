"""Prometheus's HTTP API: what we ask of it, and one clear message for everything that can go wrong."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import msgspec

from kakeibo.errors import SourceError
from kakeibo.i18n import t
from kakeibo.sources.prometheus import Prometheus, secret

TIMEOUT_SECONDS: Final = 60.0
_UNITS: Final = {"ms": 0, "s": 1 / 60, "m": 1, "h": 60, "d": 1440, "w": 7 * 1440, "y": 365 * 1440}

Labels = tuple[tuple[str, str], ...]
"""Names and values of a series, sorted: what tells it from others."""


class TooMuch(SourceError):  # noqa: N818 - named for what it means to the caller
    """The server refuses to look at so many samples at once: ask for less."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series with its samples in order of time: (milliseconds since 1970, value)."""

    labels: Labels
    samples: list[tuple[int, float]]


class _Series(msgspec.Struct):
    metric: dict[str, str] = {}
    values: list[tuple[float, str]] = []
    value: tuple[float, str] | None = None
    histograms: list[Any] = []
    histogram: Any = None


class _Data(msgspec.Struct):
    resultType: str = ""  # noqa: N815 - Prometheus's name
    result: list[_Series] = []


class _Answer(msgspec.Struct):
    status: str
    data: msgspec.Raw = msgspec.Raw(b"null")
    error: str = ""


class Server:
    """A server of one source. Nothing is sent before something is asked. `received` are the bytes of its answers."""

    def __init__(self, options: Prometheus) -> None:
        self.options = options
        self.received = 0
        self._client: httpx2.Client | None = None

    def close(self) -> None:
        if self._client:
            self._client.close()
            self._client = None

    # -- what is asked ----------------------------------------------------------------------------------------------

    def samples(self, selector: str, start: int, end: int) -> list[Series]:
        """All samples of all series of a selector in [start, end), in minutes."""
        # Before version 3 a range contains its beginning, since then it does not: we ask a millisecond more.
        length, at = (end - start) * 60_000, end * 60 - 0.001
        found = self._query("query", {"query": f"{selector}[{length}ms]", "time": f"{at:.3f}"})
        return [Series(labels, list(_from(samples, start * 60_000))) for labels, samples in found]

    def latest(self, promql: str, at: int) -> dict[Labels, float]:
        """The value of every series of an expression just before minute `at`."""
        found = self._query("query", {"query": promql, "time": f"{at * 60 - 0.001:.3f}"})
        return {labels: samples[-1][1] for labels, samples in found if samples}

    def points(self, promql: str, start: int, end: int, step: int) -> list[Series]:
        """The values of an expression at the ends of the stretches of `step` minutes in [start, end)."""
        first, last = (start + step) * 60 - 0.001, end * 60 - 0.001
        asked = {"query": promql, "start": f"{first:.3f}", "end": f"{last:.3f}", "step": str(step * 60)}
        return [Series(labels, samples) for labels, samples in self._query("query_range", asked)]

    def retention(self) -> int | None:
        """How many minutes the server keeps; None when it does not tell (others that speak this API do not)."""
        try:
            told = msgspec.json.decode(self._ask("status/runtimeinfo", {}))
            text = str(told.get("storageRetention", "")) if isinstance(told, dict) else ""
        except SourceError:
            return None
        lengths = re.findall(r"(\d+)(ms|[smhdwy])", text.partition(" or ")[0])
        return int(sum(int(n) * _UNITS[unit] for n, unit in lengths)) or None

    # -- how --------------------------------------------------------------------------------------------------------

    def _query(self, what: str, asked: Mapping[str, str]) -> list[tuple[Labels, list[tuple[int, float]]]]:
        raw = self._ask(what, asked)
        try:
            if msgspec.json.decode(raw, type=_Data).resultType == "scalar":
                raise SourceError(
                    t("{query} is one number, not a series", query=asked["query"]), t("sum(...) makes one")
                )
            found = msgspec.json.decode(raw, type=_Data).result
        except msgspec.ValidationError:
            raise self._stranger() from None
        if any(series.histograms or series.histogram for series in found):
            raise SourceError(
                t("{query} is a native histogram", query=asked["query"]),
                t("write an expression such as sum(histogram_count(increase(name[$window])))"),
            )
        return [(tuple(sorted(series.metric.items())), list(_numbers(series))) for series in found]

    def _ask(self, path: str, asked: Mapping[str, str]) -> bytes:
        """The `data` of an answer. Raises SourceError, TooMuch."""
        url = f"{self.options.url}/api/v1/{path}"
        try:
            client = self._opened()
            response = client.post(url, data=dict(asked)) if asked else client.get(url)
        except httpx2.TimeoutException:
            raise TooMuch(
                t("{url} did not answer within {n} seconds", url=self.options.url, n=int(TIMEOUT_SECONDS)),
                t("try again when it is less busy"),
            ) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            why = str(error) or type(error).__name__
            stranger = "CERTIFICATE_VERIFY_FAILED" in why
            raise SourceError(
                t("{url} cannot be reached: {why}", url=self.options.url, why=why),
                t("name the file with the certificates to trust: ca: internal-ca.pem")
                if stranger
                else t("is url: right, and is the server running?"),
            ) from None
        self.received += len(response.content)
        return self._data_of(response)

    def _data_of(self, response: httpx2.Response) -> bytes:
        code, url = response.status_code, self.options.url
        if 300 <= code < 400:
            there = response.headers.get("location", "?").partition("/api/v1/")[0]
            raise SourceError(t("{url} sends us on to {there}", url=url, there=there), t("write that address as url:"))
        if code in (401, 403):
            mend = t("username: and password_env:, or token_env: say how to be let in")
            raise SourceError(t("{url} does not let us in ({code})", url=url, code=code), mend)
        try:
            answer = msgspec.json.decode(response.content, type=_Answer)
        except (msgspec.DecodeError, msgspec.ValidationError):
            if code >= 500:
                mend = t("try again later; its own log says more")
                raise SourceError(t("{url} answered with an error ({code})", url=url, code=code), mend) from None
            raise self._stranger() from None
        if answer.status == "success":
            return bytes(answer.data)
        if "too many samples" in answer.error or "exceeded maximum resolution" in answer.error or code == 503:
            mend = t("ask for fewer series, or raise the server's --query.max-samples")
            raise TooMuch(t("{url} refused: {why}", url=url, why=answer.error), mend)
        raise SourceError(t("{url} refused: {why}", url=url, why=answer.error), t("correct the query in the book"))

    def _stranger(self) -> SourceError:
        return SourceError(
            t("{url} does not answer like Prometheus", url=self.options.url),
            t("url: is the address before /api/v1, such as http://localhost:9090"),
        )

    def _opened(self) -> httpx2.Client:
        if self._client is None:
            options = self.options
            headers = {"Accept": "application/json"}
            if options.token_env:
                headers["Authorization"] = f"Bearer {secret(options.token_env)}"
            auth = httpx2.BasicAuth(options.username, secret(options.password_env)) if options.username else None
            self._client = httpx2.Client(
                timeout=TIMEOUT_SECONDS, headers=headers, auth=auth, verify=self._trusted(), follow_redirects=False
            )
        return self._client

    def _trusted(self) -> ssl.SSLContext | bool:
        if not self.options.ca:
            return True
        try:
            return ssl.create_default_context(cafile=self.options.ca)
        except OSError as error:  # an SSLError is one, too
            why = error.strerror or error
            raise SourceError(t("{path} holds no certificates: {why}", path=self.options.ca, why=why)) from None


def _numbers(series: _Series) -> Iterator[tuple[int, float]]:
    """The samples that are numbers: NaN and infinities tell no number of events."""
    for seconds, text in [*series.values, *([series.value] if series.value else [])]:
        value = float(text)
        if value - value == 0:
            yield round(seconds * 1000), value


def _from(samples: list[tuple[int, float]], start: int) -> Iterator[tuple[int, float]]:
    return (sample for sample in samples if sample[0] >= start)
