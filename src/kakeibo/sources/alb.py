"""Access logs of the AWS application load balancer, with the field names of its documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kakeibo.model import Source
from kakeibo.predicates import ColumnType
from kakeibo.sources.log_format import FormattedLines, part

# Field order: "Access log entries" in the user guide of application load balancers. Later fields are added at the end.
_FORMAT: Final = (
    "$type $time $elb $client $target $request_processing_time $target_processing_time $response_processing_time "
    '$elb_status_code $target_status_code $received_bytes $sent_bytes "$request" "$user_agent" $ssl_cipher '
    '$ssl_protocol $target_group_arn "$trace_id" "$domain_name" "$chosen_cert_arn" $matched_rule_priority '
    '$request_creation_time "$actions_executed" "$redirect_url" "$error_reason" "$target_port_list" '
    '"$target_status_code_list" "$classification" "$classification_reason"'
)
_REQUIRED: Final = 18  # up to trace_id, which all versions of the format have
_NUMBERS: Final = {
    "request_processing_time", "target_processing_time", "response_processing_time", "elb_status_code",
    "target_status_code", "received_bytes", "sent_bytes", "matched_rule_priority",
}  # fmt: skip
_PHASES: Final = ("request_processing_time", "target_processing_time", "response_processing_time")


class Alb(FormattedLines):
    """`type: alb`. Beside the documented fields: status (elb_status_code), duration (the three phases added; NULL when
    the load balancer writes -1 for one), client_ip, target_ip, method, path, query, protocol."""

    KIND = "alb"

    def __init__(self, source: Source) -> None:
        super().__init__(source, _FORMAT, required=_REQUIRED)

    def _time(self) -> str:
        return f"nullif({self.variable('time')}, '')"

    def derived(self, column: str) -> str:
        request = self.variable("request")
        url = part(request, " ", 2)
        # The request names the whole URL: scheme://host:port/path?query
        target = f"regexp_extract({url}, '^[a-z]+://[^/?]*([^?]*)', 1)"
        phases = [f"TRY_CAST({self.variable(phase)} AS DOUBLE)" for phase in _PHASES]
        made = {
            "status": self.expression("elb_status_code"),
            "duration": f"(CASE WHEN least({', '.join(phases)}) >= 0 THEN {' + '.join(phases)} END)",
            "client_ip": f"nullif(regexp_extract({self.variable('client')}, '^(.*):[0-9]+$', 1), '')",
            "target_ip": f"nullif(regexp_extract({self.variable('target')}, '^(.*):[0-9]+$', 1), '')",
            "method": f"nullif({part(request, ' ', 1)}, '-')",
            "path": f"nullif({target}, '')",
            "query": f"nullif({part(url, '?', 2)}, '')",
            "protocol": f"nullif({part(request, ' ', 3)}, '-')",
        }
        return made[column]

    @property
    def columns(self) -> Mapping[str, ColumnType]:
        found: dict[str, ColumnType] = {v: "number" if v in _NUMBERS else "text" for v in self.format.variables}
        found |= {"status": "number", "duration": "number"}
        made: tuple[str, ...] = ("client_ip", "target_ip", "method", "path", "query", "protocol")
        return found | dict.fromkeys(made, "text")
