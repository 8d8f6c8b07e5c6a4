"""The headings of sections: as we write them, and as others do, in English and Japanese.

The others' are those of the example postmortem of the Site Reliability Engineering book (appendix D), and of templates
that are published on GitHub and by makers of incident tools.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from kakeibo.i18n import LANGUAGES, marked, speaking, t
from kakeibo.postmortems.form import Section

TITLES: Final[Mapping[Section, str]] = {
    "summary": marked("Summary"),
    "impact": marked("Impact"),
    "timeline": marked("Timeline"),
    "detection": marked("Detection"),
    "trigger": marked("Trigger"),
    "root_causes": marked("Root causes"),
    "well": marked("What went well"),
    "badly": marked("What went badly"),
    "lucky": marked("Where we were lucky"),
    "actions": marked("Actions"),
    "budget": marked("Error budget"),
    "questions": marked("Open questions"),
}
"""Marked sentences."""

_OTHERS: Final[Mapping[Section, tuple[str, str]]] = {
    "summary": (
        "executive summary | overview | incident summary | issue summary | high-level summary | description"
        " | what happened | abstract | tl;dr | synopsis | outage description",
        "概要 | 要約 | サマリ | サマリー | 障害概要 | エグゼクティブサマリー | 概況",
    ),
    "impact": (
        "user impact | customer impact | business impact | scope of impact | who was affected | impact assessment"
        " | affected users | users affected | summary of impact",
        "影響 | 影響範囲 | ユーザー影響 | ユーザへの影響 | ユーザーへの影響 | 顧客影響 | インパクト",
    ),
    "timeline": (
        "time line | incident timeline | event timeline | chronology | timeline of events | sequence of events"
        " | chain of events",
        "タイムライン | 時系列 | 経緯 | 対応経緯 | 対応履歴",
    ),
    "detection": (
        "how was it detected | how did we detect | discovery | how we found out | detected by",
        "検知 | 検出 | 発見 | 検知方法 | 発見の経緯",
    ),
    "trigger": (
        "triggers | what triggered it | proximate cause | fault",
        "引き金 | きっかけ | トリガー | トリガ | 直接原因 | 発生契機",
    ),
    "root_causes": (
        "root cause | root cause analysis | rca | cause | causes | contributing factors | contributing causes"
        " | contributing factor | contributing conditions | why it happened | underlying cause | five whys | 5 whys"
        " | root cause and mitigation | contributing conditions analysis | what caused the incident",
        "原因 | 根本原因 | 真因 | 原因分析 | なぜなぜ分析 | 根本原因分析 | 寄与要因",
    ),
    "well": (
        "things that went well | what worked well | what went right | what worked | went well",
        "うまくいったこと | うまくいった点 | 良かったこと | よかったこと | 良かった点 | よかった点",
    ),
    "badly": (
        "things that went poorly | what went wrong | what went poorly | what didn't go well | what did not go well"
        " | what didn't go so well | what could have gone better | what could be improved | what didn't work"
        " | went badly",
        "うまくいかなかったこと | うまくいかなかった点 | 悪かったこと | 悪かった点 | 改善点 | 改善すべき点",
    ),
    "lucky": (
        "where we got lucky | where did we get lucky | got lucky | luck | things that were lucky",
        "幸運だったこと | 幸運だった点 | 運が良かったこと | 運がよかったこと | ラッキーだったこと",
    ),
    "actions": (
        "action items | action item | corrective actions | corrective and preventative measures | remediation"
        " | remediations | follow-up actions | follow-ups | follow ups | followup | next steps | todo | todos | to do"
        " | remediation items | improvements | preventative measures | preventive measures | corrective action"
        " | action items & followups | action items & follow-ups | recommendations",
        "アクション | アクションアイテム | 再発防止策 | 再発防止 | 対策 | 恒久対策 | 今後の対応 | やること",
    ),
    "budget": (
        "budget | slo impact | slo | error budget impact",
        "エラーバジェット | 予算 | エラー予算 | 失敗の予算",
    ),
    "questions": (
        "unanswered questions | questions | unknowns | outstanding questions",
        "未解決の質問 | 疑問点 | 不明点 | 未解決事項 | 未解決の問い",
    ),
}


def title(section: Section) -> str:
    """The heading of a section in the language in use."""
    return t(TITLES[section])


def section_of(heading: str) -> Section | None:
    """Which section a heading begins; None: none that is known."""
    return _known().get(plain(heading))


def plain(heading: str) -> str:
    """A heading as it is compared: without numbers, marks and emphasis."""
    text = unicodedata.normalize("NFKC", heading).casefold().replace("’", "'")
    text = re.sub(r"[*_`#:]|^\s*\d+(\.\d+)*[.)]?\s+", " ", text)
    text = re.sub(r"\([^)]*\)", " ", text)
    return " ".join(re.sub(r"[^\w\s';/-]", " ", text).split()).rstrip("?")


@lru_cache
def _known() -> Mapping[str, Section]:
    found: dict[str, Section] = {}
    for section, others in _OTHERS.items():
        for name in "|".join(others).split("|"):
            found[plain(name)] = section
    for lang in LANGUAGES:
        with speaking(lang):
            found |= {plain(title(section)): section for section in TITLES}
    return found
