"""Access logs of nginx and Apache: the combined format, or the log_format string that the book gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from kakeibo.errors import OptionError
from kakeibo.i18n import t
from kakeibo.model import Source
from kakeibo.predicates import ColumnType
from kakeibo.sources.log_format import FormattedLines, part

COMBINED: Final = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
)
_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "method": ("request_method",),
    "path": ("uri", "request_uri"),
    "query": ("args", "query_string", "request_uri"),
    "protocol": ("server_protocol",),
}


class Nginx(FormattedLines):
    """`type: nginx`. The request is cut into method, path (without query), query and protocol."""

    KIND = "nginx"
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        "log_format": {"type": "string", "description": "nginx's log_format string; left out: combined"}
    }

    def __init__(self, source: Source) -> None:
        text = source.options.get("log_format", COMBINED)
        if not isinstance(text, str):
            raise OptionError(t("log_format is a text"), t("copy the line from nginx.conf"), ("log_format",))
        super().__init__(source, text)
        self._time()

    def derived(self, column: str) -> str:
        whole = next((v for v in _PARTS[column] if v in self._where), None)
        if whole is not None:
            value = self.variable(whole)
            if whole == "request_uri":
                return _target_part(value, column)
            return f"nullif(nullif({value}, '-'), '')"
        request = self.variable("request")
        if column in ("path", "query"):
            return _target_part(part(request, " ", 2), column)
        number = 1 if column == "method" else 3
        return f"nullif(nullif({part(request, ' ', number)}, ''), '-')"

    @property
    def columns(self) -> Mapping[str, ColumnType]:
        found = dict(super().columns)
        for column, variables in _PARTS.items():
            if "request" in self._where or any(v in self._where for v in variables):
                found.setdefault(column, "text")
        return found


def _target_part(target: str, column: str) -> str:
    """SQL for the path or the query of a request target."""
    number = 1 if column == "path" else 2
    return f"nullif({part(target, '?', number)}, '')"
