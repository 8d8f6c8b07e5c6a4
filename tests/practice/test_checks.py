"""Every check: found by itself, described, and right about faulty files and about those that only look faulty."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.practice.made import BOOK, NOW, found, material, written

from kakeibo.alerts.acknowledgements import Acknowledgement
from kakeibo.alerts.received import Received
from kakeibo.alerts.record import Alert, Flip
from kakeibo.clock import moment_of
from kakeibo.i18n import speaking
from kakeibo.postmortems.causes import CAUSES
from kakeibo.practice.checks.same_minute import at_the_top
from kakeibo.practice.kinds import History, checks
from kakeibo.practice.lengths import seconds_of


def test_the_checks() -> None:
    assert list(checks()) == [
        "ignored-alert", "journey-without-sli", "long-timeout", "missing-fields", "no-canary", "no-certificate-alarm",
        "no-graceful-stop", "no-owner", "no-resource-requests", "no-runbook", "one-replica", "readiness-without-delay",
        "retry-without-limit", "same-minute", "small-pool", "unbounded-queue",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", checks())
def test_a_check_is_described_and_cites_causes_that_there_are(kind: str) -> None:
    check = checks()[kind]
    assert check.CAUSES
    assert set(CAUSES) >= check.CAUSES
    assert all(word == word.casefold() for word in check.WORDS)
    assert check.LOOKS_AT
    with speaking("ja"):
        assert not check.summary.isascii()


@pytest.mark.parametrize("kind", checks())
def test_a_check_finds_nothing_where_there_is_nothing(kind: str, tmp_path: Path) -> None:
    assert found(kind, material(tmp_path)) == []


SERVICE = "---\nkind: Service\napiVersion: v1\nmetadata: {name: web}\nspec: {selector: {app: web}}\n"
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  STRATEGY
  template:
    metadata: {labels: {app: web}}
    spec:
      GRACE
      containers:
        - name: app
          image: registry.example/web:1
          ports: [{containerPort: 80}]
          HOOK
          PROBES
          resources: {requests: {cpu: 1, memory: 1Gi}}
"""


def web(strategy: str = "", grace: str = "", hook: str = "", probes: str = "") -> str:
    words = {"STRATEGY": strategy, "GRACE": grace, "HOOK": hook, "PROBES": probes}
    text = WEB
    for word, value in words.items():
        text = text.replace(word, value)
    return text + SERVICE


SLEEPS = 'lifecycle: {preStop: {exec: {command: [sh, -c, "sleep 20"]}}}'
NGINX = """\
http {
  upstream app { server 10.0.0.1; server 10.0.0.2; }
  server {
    location / {
      proxy_pass http://app;
      MORE
    }
  }
}
"""
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: edge, annotations: {nginx.ingress.kubernetes.io/proxy-read-timeout: "30"}}
spec: {rules: [{http: {paths: [{backend: {service: {name: web}}}]}}]}
"""


def plan(*resources: dict[str, object]) -> str:
    module = {"root_module": {"child_modules": [{"resources": list(resources)}]}}
    return json.dumps({"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": module}, indent=1)


def resource(address: str, **values: object) -> dict[str, object]:
    kind, _, name = address.rpartition(".")[0].rpartition(".")[2], "", address.rpartition(".")[2]
    return {"address": address, "mode": "managed", "type": kind, "name": name, "values": values}


def cron(name: str, schedule: str, more: str = "") -> str:
    return (
        f"---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: {name}}}\n"
        f"spec:\n  schedule: '{schedule}'\n  {more}\n"
    )


PROBES = "livenessProbe: {httpGet: {path: /}}\n          readinessProbe: {httpGet: {path: /}}"
AT_ONCE = resource("aws_codedeploy_deployment_group.web", deployment_config_name="CodeDeployDefault.ECSAllAtOnce")
ALARM = resource(
    "aws_cloudwatch_metric_alarm.old",
    metric_name="ApproximateAgeOfOldestMessage",
    dimensions={"QueueName": "mail"},
)
EVENTS = [resource(f"aws_cloudwatch_event_rule.{name}", schedule_expression="cron(0 9 1 * ? *)") for name in "ab"]
WORKERS = ":concurrency: 25\n:queues: [default]\n"
POOL = "production:\n  adapter: postgresql\n  pool: 5\n"
TIMETABLE = "report: {cron: '0 9 1 * *', class: ReportJob}\nbill:\n  cron: 0 0 9 1 * *\n  class: BillJob\n"

CASES = {
    "no preStop": ("no-graceful-stop", {"web.yaml": web()}, [12]),
    "killed at once": ("no-graceful-stop", {"web.yaml": web(grace="terminationGracePeriodSeconds: 0")}, [10]),
    "killed while it waits": (
        "no-graceful-stop",
        {"web.yaml": web(grace="terminationGracePeriodSeconds: 15", hook=SLEEPS)},
        [15],
    ),
    "it waits and stops": ("no-graceful-stop", {"web.yaml": web(hook=SLEEPS)}, []),
    "nobody sends it anything": (
        "no-graceful-stop",
        {"web.yaml": web().replace("selector: {app: web}", "selector: {app: x}")},
        [],
    ),
    "no readiness": ("readiness-without-delay", {"web.yaml": web()}, [12]),
    "killed while it starts": (
        "readiness-without-delay",
        {"web.yaml": web(probes=PROBES)},
        [16],
    ),
    "it may start": (
        "readiness-without-delay",
        {"web.yaml": web(probes="readinessProbe: {initialDelaySeconds: 5, exec: {}}")},
        [],
    ),
    "recreated": ("no-canary", {"web.yaml": web(strategy="strategy: {type: Recreate}")}, [6]),
    "all at once": ("no-canary", {"web.yaml": web(strategy="strategy: {rollingUpdate: {maxUnavailable: 100%}}")}, [6]),
    "one after the other": ("no-canary", {"web.yaml": web()}, []),
    "deployed at once": (
        "no-canary",
        {"plan.json": plan(AT_ONCE)},
        [10],
    ),
    "retries spread": (
        "retry-without-limit",
        {"nginx.conf": NGINX.replace("MORE", "proxy_next_upstream error http_502;")},
        [5],
    ),
    "retries are bounded": (
        "retry-without-limit",
        {"nginx.conf": NGINX.replace("MORE", "proxy_next_upstream http_502; proxy_next_upstream_tries 2;")},
        [],
    ),
    "as nginx does": ("retry-without-limit", {"nginx.conf": NGINX.replace("MORE", "")}, []),
    "jobs for months": ("retry-without-limit", {"sidekiq.yml": ":concurrency: 5\n:max_retries: 100\n"}, [2]),
    "jobs for three weeks": ("retry-without-limit", {"sidekiq.yml": ":concurrency: 5\n:max_retries: 25\n"}, []),
    "nginx outlasts the balancer": (
        "long-timeout",
        {
            "nginx.conf": NGINX.replace("MORE", "proxy_read_timeout 2m;"),
            "plan.json": plan(resource("module.edge.aws_lb.web", idle_timeout=60)),
        },
        [6],
    ),
    "nginx is done before": (
        "long-timeout",
        {"nginx.conf": NGINX.replace("MORE", ""), "plan.json": plan(resource("aws_lb.web", idle_timeout=60))},
        [],
    ),
    "the program outlasts its ingress": (
        "long-timeout",
        {"in.yaml": INGRESS, "web.yaml": web(hook="args: [gunicorn, --timeout=120]")},
        [12],
    ),
    "the program is done before": (
        "long-timeout",
        {"in.yaml": INGRESS, "web.yaml": web(hook="args: [gunicorn, --timeout, '25']")},
        [],
    ),
    "few connections": (
        "small-pool",
        {"config/sidekiq.yml": WORKERS, "config/database.yml": POOL},
        [3],
    ),
    "as many as workers": (
        "small-pool",
        {
            "config/sidekiq.yml": ':concurrency: <%= ENV["THREADS"] || 25 %>\n:queues: [default]\n',
            "config/database.yml": 'production:\n  adapter: postgresql\n  pool: <%= ENV.fetch("THREADS") { 5 } %>\n',
        },
        [],
    ),
    "another application's": (
        "small-pool",
        {"a/sidekiq.yml": WORKERS, "b/database.yml": POOL},
        [],
    ),
    "a bounded queue": (
        "unbounded-queue",
        {"plan.json": plan(resource("rabbitmq_queue.mail", settings=[{"arguments": {"x-max-length": 10}}]))},
        [],
    ),
    "an unbounded queue": (
        "unbounded-queue",
        {"plan.json": plan(resource("rabbitmq_queue.mail", settings=[{}]))},
        [10],
    ),
    "a queue nobody watches": (
        "unbounded-queue",
        {"plan.json": plan(resource("aws_sqs_queue.mail", name="mail"))},
        [10],
    ),
    "a queue that is watched": (
        "unbounded-queue",
        {
            "plan.json": plan(
                resource("aws_sqs_queue.mail", name="mail"),
                ALARM,
            )
        },
        [],
    ),
    "queues of Sidekiq": ("unbounded-queue", {"sidekiq.yml": ":concurrency: 5\n:queues: [default, low]\n"}, [2]),
    "queues with an alert": (
        "unbounded-queue",
        {
            "sidekiq.yml": ":concurrency: 5\n:queues: [default, low]\n",
            "rules.yml": "groups: [{name: jobs, rules: [{alert: Late, expr: sidekiq_queue_latency_seconds > 60}]}]\n",
        },
        [],
    ),
    "two at midnight": ("same-minute", {"jobs.yaml": cron("a", "0 0 1 * *") + cron("b", "0 0 1 * ?")}, [6]),
    "one at midnight": ("same-minute", {"jobs.yaml": cron("a", "0 0 1 * *") + cron("b", "7 0 1 * *")}, []),
    "one of them is off": (
        "same-minute",
        {"jobs.yaml": cron("a", "0 0 1 * *") + cron("b", "0 0 1 * *", "suspend: true")},
        [],
    ),
    "two by Sidekiq": (
        "same-minute",
        {"schedule.yml": TIMETABLE},
        [1],
    ),
    "two by AWS": (
        "same-minute",
        {"plan.json": plan(*EVENTS)},
        [10],
    ),
    "nginx shows a certificate": (
        "no-certificate-alarm",
        {"nginx.conf": "server { listen 443 ssl;\n ssl_certificate /a.pem; }\n"},
        [2],
    ),
    "somebody looks at its end": (
        "no-certificate-alarm",
        {
            "nginx.conf": "server { listen 443 ssl; ssl_certificate /a.pem; }\n",
            "rules.yml": "groups: [{name: a, rules: [{alert: End, expr: probe_ssl_earliest_cert_expiry < 5}]}]\n",
        },
        [],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_faulty_and_only_seemingly_faulty_files(case: str, tmp_path: Path) -> None:
    kind, files, lines = CASES[case]
    looked = material(tmp_path, [written(tmp_path, name, text) for name, text in files.items()])
    assert looked.files.unread == []
    problems = found(kind, looked)
    assert [problem.line for problem in problems] == lines
    assert all(problem.mend and problem.column for problem in problems)


def test_one_replica_and_its_scaler(tmp_path: Path) -> None:
    alone = web().replace("replicas: 2", "replicas: 1")
    assert len(found("one-replica", material(tmp_path, [written(tmp_path, "web.yaml", alone)]))) == 1
    scaler = (
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n"
        "spec: {scaleTargetRef: {name: web}, minReplicas: 2}\n"
    )
    assert found("one-replica", material(tmp_path, [written(tmp_path, "web.yaml", alone + scaler)])) == []


def test_resources_are_asked_for_one_by_one(tmp_path: Path) -> None:
    text = web().replace("{requests: {cpu: 1, memory: 1Gi}}", "{limits: {cpu: 1}}")
    [problem] = found("no-resource-requests", material(tmp_path, [written(tmp_path, "web.yaml", text)]))
    assert "asks for no memory" in problem.message


def certificate(ends: datetime, *, signs: bool = False) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "learning.example")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 17, ends - timedelta(days=90), ends)
    made = made.add_extension(x509.BasicConstraints(ca=signs, path_length=None), critical=True)
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("www.learning.example")]), critical=False)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("days", "is_watched", "says"),
    [(200, False, "no alert is about that"), (200, True, ""), (5, True, "is not renewed"), (-1, True, "ended on")],
)
def test_ends_of_certificates(days: int, is_watched: bool, says: str, tmp_path: Path) -> None:
    ends = moment_of(NOW).astimezone(UTC) + timedelta(days=days)
    paths = [written(tmp_path, "chain.pem", "a comment\n" + certificate(ends) + certificate(ends, signs=True))]
    if is_watched:
        rules = "groups: [{name: a, rules: [{alert: End, expr: x509_cert_expiry < 5}]}]\n"
        paths.append(written(tmp_path, "rules.yml", rules))
    problems = found("no-certificate-alarm", material(tmp_path, paths))
    assert [(problem.line, "www.learning.example" in problem.message) for problem in problems] == [(2, True)] * bool(
        says
    )
    assert all(says in problem.message for problem in problems)


PAGING = BOOK.replace("target: 99.9%", "target: 99.9%, stage: page")


def test_a_paging_objective_needs_a_runbook(tmp_path: Path) -> None:
    assert found("no-runbook", material(tmp_path, book=PAGING)) == []
    bare = PAGING.replace(', runbook: "https://wiki.example/learning"', "")
    [problem] = found("no-runbook", material(tmp_path, book=bare))
    assert (problem.line, "learning" in problem.message) == (3, True)
    assert (
        found("no-runbook", material(tmp_path, book=BOOK.replace(', runbook: "https://wiki.example/learning"', "")))
        == []
    )
    homeless = PAGING.replace("    service: learning\n", "")
    assert "belongs to no service" in found("no-runbook", material(tmp_path, book=homeless))[0].message


def test_the_stage_that_was_moved_to_counts(tmp_path: Path) -> None:
    history = replace(History(0, NOW), stages={"play-video/availability": "page"})
    bare = BOOK.replace(', runbook: "https://wiki.example/learning"', "")
    assert len(found("no-runbook", material(tmp_path, book=bare, history=history))) == 1


def test_an_objective_needs_an_owner(tmp_path: Path) -> None:
    ownerless = BOOK.replace("team: player, ", "")
    [problem] = found("no-owner", material(tmp_path, book=ownerless))
    assert (problem.line, "play-video/availability" in problem.message) == (6, True)


def flips(times: int) -> list[Flip]:
    alert = Alert("play-video/availability", "ticket")
    return [Flip(n, alert, n, NOW - n * 1000, 0, f"g{n}", "quiet", "firing", "burning", {}) for n in range(times)]


@pytest.mark.parametrize(("times", "taken", "problems"), [(4, (), 0), (5, (), 1), (9, ("g3",), 0)])
def test_alerts_that_nobody_takes(times: int, taken: tuple[str, ...], problems: int, tmp_path: Path) -> None:
    acknowledged = [Acknowledgement(group, "Player on call", "cli", "", 60 * NOW) for group in taken]
    history = History(NOW - 90 * 24 * 60, NOW, flips(times), acknowledged, stages={"play-video/availability": "ticket"})
    told = found("ignored-alert", material(tmp_path, history=history))
    assert len(told) == problems
    assert all(("5 times within 90 days" in one.message, one.line) == (True, 10) for one in told)


def test_alerts_that_tell_nobody_are_not_ignored(tmp_path: Path) -> None:
    history = History(NOW - 90 * 24 * 60, NOW, flips=flips(9), stages={"play-video/availability": "provisional"})
    assert found("ignored-alert", material(tmp_path, history=history)) == []


def test_alerts_of_other_tools_that_nobody_acts_on(tmp_path: Path) -> None:
    begins = [60 * (NOW - 1000 * n) for n in range(5)]
    alerts = [Received("alertmanager", "k", "DiskFull", "page", "resolved", "", {}, at, at + 600) for at in begins]
    history = replace(History(NOW - 90 * 24 * 60, NOW), received=alerts)
    [problem] = found("ignored-alert", material(tmp_path, history=history))
    assert "DiskFull of alertmanager fired 5 times" in problem.message
    somebody = [Acknowledgement("g", "Player on call", "cli", "", begins[2] + 60)]
    assert found("ignored-alert", material(tmp_path, history=replace(history, taken=somebody))) == []


def test_critical_journeys_are_measured(tmp_path: Path) -> None:
    history = replace(History(0, NOW), rulings={"buy-course": "critical", "play-video": "critical", "wish": "later"})
    [problem] = found("journey-without-sli", material(tmp_path, history=history))
    assert "buy-course" in problem.message
    slow = BOOK.replace("{availability: {good: status < 500,", "{latency: {good: duration < 1,")
    assert "only its speed" in found("journey-without-sli", material(tmp_path, book=slow))[0].message


def test_fields_that_no_line_has(tmp_path: Path) -> None:
    looked = material(tmp_path)
    assert found("missing-fields", replace(looked, columns={"web": frozenset({"status"})})) == []
    [problem] = found("missing-fields", replace(looked, columns={"web": frozenset({"uri"})}))
    assert "have no field status" in problem.message


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60", 60),
        ("60s", 60),
        ("1m", 60),
        ("1m30s", 90),
        ("500ms", 1),
        ("1h", 3600),
        ("soon", None),
        ("", None),
        ("-1", None),
    ],
)
def test_lengths_of_time(text: str, seconds: int | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("expression", "begins"),
    [
        ("0 9 * * 1", ("0", "9", "*", "*", "1")),
        ("@monthly", ("0", "0", "1", "*", "*")),
        ("*/5 * * * *", None),
        ("x", None),
    ],
)
def test_tops_of_hours(expression: str, begins: tuple[str, ...] | None) -> None:
    assert at_the_top(expression) == begins
