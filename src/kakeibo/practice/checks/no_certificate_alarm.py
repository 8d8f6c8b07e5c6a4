"""Certificates whose end nobody is told of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from kakeibo import clock
from kakeibo.errors import Problem
from kakeibo.i18n import marked, t
from kakeibo.practice import nginx, trees
from kakeibo.practice.kinds import Check, Material, finding

SOON: Final = 21 * clock.MINUTES_PER_DAY
"""What ends within so many minutes is told even where there is an alarm: the alarm should have been heard."""
_WATCHED: Final = re.compile(r"cert\w*_expir|ssl_\w*expir|tls_\w*expir|cert_not_after", re.IGNORECASE)
"""The end of a certificate in the names of metrics: blackbox exporter, cert-manager, x509 exporter and others."""


class NoCertificateAlarm(Check):
    KIND = "no-certificate-alarm"
    LOOKS_AT = ("certificate", "nginx", "alerts")
    SUMMARY = marked("Nobody is told before a certificate ends")
    CAUSES = frozenset({"schedule", "configuration", "observability", "process", "decay"})
    WORDS: ClassVar[tuple[str, ...]] = ("certificate", "tls", "ssl", "expir", "証明書", "有効期限")

    def findings(self, material: Material) -> Iterator[Problem]:
        files = material.files
        is_watched = any(_WATCHED.search(trees.text(rule, "expr")) for rule in files.rules)
        for one in files.certificates:
            left = one.ends - material.history.at
            values = {"name": one.name, "day": f"{clock.moment_of(one.ends):%Y-%m-%d}"}
            if left <= 0:
                message, mend = t("the certificate of {name} ended on {day}", **values), t("renew it")
            elif left < SOON:
                message, mend = (
                    t("the certificate of {name} ends on {day}, and is not renewed", **values),
                    t("renew it"),
                )
            elif not is_watched:
                message, mend = (
                    t("the certificate of {name} ends on {day}, and no alert is about that", **values),
                    _mend(),
                )
            else:
                continue
            yield finding((one.file, one.line, 1), message, mend)
        if not is_watched and not files.certificates:
            yield from _served(material)


def _served(material: Material) -> Iterator[Problem]:
    """Certificates that nginx shows, each once."""
    seen: set[str] = set()
    for context in nginx.walk(material.files.nginx):
        for one in context.block.block:
            if one.name == "ssl_certificate" and one.words and one.words[0] not in seen:
                seen.add(one.words[0])
                message = t("the certificate {file} will end one day, and no alert is about that", file=one.words[0])
                yield finding((one.file, one.line, 1), message, _mend())


def _mend() -> str:
    return t("alert weeks before, as on probe_ssl_earliest_cert_expiry, and give the rules to kakeibo advise as well")
