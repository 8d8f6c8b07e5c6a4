"""A learning-video site over two months: the database is overloaded at the start of the month, and nobody knows why.

On the first of each month a batch writes the monthly reports. The database slows down under it, requests of the
operations that read it fail or wait, and by noon all is well again. Support hears of it; nobody finds the cause, and
next month it returns, stronger. The batch is to be seen in the job log only.
"""

from __future__ import annotations

from datetime import date, datetime

from kakeibo.simulate.scenario import Cause, Gap, HeavyRun, Job, Measure, Operation, Scenario

_GONE = (("NOT_FOUND", 2500),)
_INPUT = (("BAD_USER_INPUT", 18_000),)

_OPERATIONS = (
    Operation("PlayVideo", 260, 73, 1800, system_ppm=160, client_codes=_GONE, topic="video"),
    Operation("SaveProgress", 210, 24, 90, system_ppm=120),
    Operation("SearchCourses", 130, 95, 5200, system_ppm=300, client_codes=(("BAD_USER_INPUT", 4000),), topic="search"),
    Operation("GetCourse", 120, 48, 4300, system_ppm=150, client_codes=_GONE),
    Operation("LogIn", 70, 85, 700, system_ppm=120, client_codes=(("UNAUTHENTICATED", 61_000),), topic="login"),
    Operation("SubmitQuiz", 60, 70, 600, system_ppm=350, client_codes=_INPUT, topic="quiz"),
    Operation("GetProfile", 45, 30, 900, system_ppm=150, client_codes=(("UNAUTHENTICATED", 9000),)),
    Operation("お知らせ一覧", 35, 28, 1500, system_ppm=150),
    Operation(
        "BuyCourse", 22, 210, 1100, system_ppm=500, client_codes=(("PAYMENT_DECLINED", 34_000),), topic="payment"
    ),
    Operation("", 20, 8, 14_000, method="GET", uri="/"),
    Operation("", 18, 2, 61_000, method="GET", uri="/assets/app.js", upstream=False),
    Operation("", 6, 1, 150, method="GET", uri="/wp-login.php", status=404, upstream=False),
    Operation("", 0, 2, 2, method="GET", uri="/health"),
)

# How strongly an operation feels the database, per mille.
_DATABASE = {
    "PlayVideo": 900,
    "SaveProgress": 1000,
    "SearchCourses": 1000,
    "GetCourse": 800,
    "LogIn": 200,
    "SubmitQuiz": 700,
    "GetProfile": 800,
    "お知らせ一覧": 300,
    "BuyCourse": 600,
}
_BATCH = "logs/sidekiq: ReportJob runs all morning, each run taking minutes instead of seconds"

_CAUSES = (
    Cause(
        key="database-overload-september",
        title={"en": "Database overloaded by the monthly reports", "ja": "月次レポートによるデータベースの過負荷"},
        kind="incident",
        start=datetime(2026, 9, 1, 9, 28),
        course=((0, 300), (20, 1000), (110, 900), (170, 350), (190, 150)),
        operations=_DATABASE,
        errors_ppm=230_000,
        slow=5200,
        timeouts=400,
        evidence=_BATCH,
    ),
    Cause(
        key="database-overload-october",
        title={
            "en": "Database overloaded by the monthly reports again",
            "ja": "月次レポートによるデータベースの過負荷（再発）",
        },
        kind="incident",
        start=datetime(2026, 10, 1, 9, 24),
        course=((0, 300), (20, 1000), (150, 950), (220, 350), (245, 150)),
        operations=_DATABASE,
        errors_ppm=300_000,
        slow=6500,
        timeouts=450,
        evidence=_BATCH,
    ),
    Cause(
        key="quiz-release",
        title={"en": "A release broke the submission of quizzes", "ja": "リリースによるクイズ提出の不具合"},
        kind="release",
        start=datetime(2026, 10, 14, 14, 10),
        course=((0, 1000), (20, 1000)),
        operations={"SubmitQuiz": 1000},
        errors_ppm=900_000,
        slow=1000,
        evidence="logs/access: SYSTEM for SubmitQuiz only, from one minute to the next; rolled back after 20 minutes",
    ),
    Cause(
        key="video-delivery",
        title={"en": "Video delivery was slow", "ja": "動画配信の遅延"},
        kind="dependency",
        start=datetime(2026, 10, 17, 20, 35),
        course=((0, 700), (5, 1000), (30, 1000), (35, 400)),
        operations={"PlayVideo": 1000},
        errors_ppm=0,
        slow=12_000,
        evidence="logs/access: PlayVideo takes about a second, without errors; nothing else is slower",
    ),
)

SCENARIO = Scenario(
    name="learning-video",
    title={"en": "A learning-video site over two months", "ja": "動画学習サイトの2か月"},
    timezone="Asia/Tokyo",
    first_day=date(2026, 8, 25),
    days=61,
    weekday_requests=10_600,
    weekend_requests=8_800,
    hours_weekday=(10, 6, 4, 3, 3, 5, 12, 28, 42, 70, 84, 82, 66, 78, 86, 84, 78, 70, 62, 66, 84, 92, 70, 32),
    hours_weekend=(16, 10, 6, 4, 3, 4, 8, 14, 26, 44, 58, 62, 56, 66, 74, 76, 74, 68, 60, 68, 86, 90, 68, 34),
    holidays=frozenset({date(2026, 9, 21), date(2026, 9, 22), date(2026, 9, 23), date(2026, 10, 12)}),
    operations=_OPERATIONS,
    system_codes=("SYSTEM", "TIMEOUT"),
    unknown_code="QUOTA_EXCEEDED",
    unknown_ppm=25,
    gateway_ppm=30,
    user_agents=(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        "ManabiApp/5.12.0 (Android 14)",
        "ManabiApp/5.12.0 (iOS 17.6)",
    ),
    causes=_CAUSES,
    gaps=(
        Gap(
            key="log-disk-full",
            title={"en": "The disk of the web log was full", "ja": "アクセスログのディスクがいっぱい"},
            source="web",
            start=datetime(2026, 10, 8, 15, 5),
            end=datetime(2026, 10, 8, 15, 45),
        ),
    ),
    jobs=(
        Job("ReportJob", "reports", 130, 3200, retries=3, failing_ppm=6000, lost_ppm=700, error="PG::QueryCanceled"),
        Job("MailJob", "mailers", 210, 260, retries=5, failing_ppm=9000, lost_ppm=200),
        Job("EncodeVideoJob", "videos", 60, 42_000, retries=2, failing_ppm=4000, lost_ppm=400, error="Errno::ENOSPC"),
        Job("SyncPaymentsJob", "default", 76, 900, retries=5, failing_ppm=12_000),
    ),
    heavy_runs=(
        HeavyRun("ReportJob", datetime(2026, 9, 1, 9, 0), minutes=200, jobs=240, median_ms=70_000),
        HeavyRun("ReportJob", datetime(2026, 10, 1, 9, 0), minutes=255, jobs=300, median_ms=95_000),
    ),
    measures=(
        Measure("play-video/availability", "web", ("PlayVideo",)),
        Measure("play-video/latency", "web", ("PlayVideo",), limit_ms=300),
        Measure("search-courses/availability", "web", ("SearchCourses",)),
        Measure("search-courses/latency", "web", ("SearchCourses",), limit_ms=500),
        Measure("log-in/availability", "web", ("LogIn",)),
        Measure("submit-quiz/availability", "web", ("SubmitQuiz",)),
        Measure("buy-course/availability", "web", ("BuyCourse",)),
        Measure("deliver-reports/availability", "jobs", ("ReportJob",)),
        Measure("deliver-reports/latency", "jobs", ("ReportJob",), limit_ms=60_000),
    ),
    book="learning_video.yaml",
    enquiries_per_day=9,
)
