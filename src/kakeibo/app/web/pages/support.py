"""/support: an outage, or one user's side? Each question is kept as a complaint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kakeibo.app import support_letters, supporting
from kakeibo.app.journey_words import meant, the_one_meant
from kakeibo.app.supporting import Answer, Question
from kakeibo.app.web import forms
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.forms import Form
from kakeibo.app.web.frame import LANGUAGE_NAMES, Place, desk_of, glance_of, link, page, render
from kakeibo.errors import UsageError
from kakeibo.i18n import marked, t
from kakeibo.ledger.complaints import complaint_of, complaints
from kakeibo.letters import phrases, support
from kakeibo.model import Book

PLACE = Place(70, "/support", marked("Support desk"))
SHOWN: Final = 20
SIGNS: Final = {"outage": "exhausted", "partial": "at_risk", "user": "healthy", "unknown": "no_data"}
"""Verdict -> the state whose colour and sign it has."""
router = APIRouter()


@router.get("/support")
def show(request: Request) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        number = request.query_params.get("complaint", "")
        return _facts(request, glance) | {"answer": _answer(request, glance, number) if number else None}

    return page(request, "support.html.jinja", facts)


@router.post("/support")
async def ask(request: Request) -> Response:
    form = await forms.read(request)
    return await run_in_threadpool(_asked, request, form)


def _asked(request: Request, form: Form) -> Response:
    """Keeps the question and shows the answer under an address of its own; asks back when nobody can tell."""
    book, store = glance_of(request).book, desk_of(request).store
    question = Question(form.text("text")[:1000], form.text("journey"), form.text("at"), form.text("user"))
    try:
        if not question.text:
            raise UsageError(t("The question is empty"), t("write what the user says"))
        if not question.journey and the_one_meant(book, question.text) is None:
            raise UsageError(
                t("Which journey is meant cannot be told from these words"), t("choose one below and ask again")
            )
        answer = supporting.ask(book, store, question, "web")
    except UsageError as error:
        return _ask_back(request, question, error)
    return RedirectResponse(link(request, "/support", complaint=answer.complaint.id), 303)


def _ask_back(request: Request, question: Question, error: UsageError) -> Response:
    glance = glance_of(request)
    likely = [one.journey.key for one in meant(glance.book, question.text)]
    context = _facts(request, glance, likely) | {
        "answer": None,
        "trouble_asked": error,
        "asked": question,
        "glance": glance,
    }
    return Response(render(request, "support.html.jinja", context), 400, media_type="text/html")


def _facts(request: Request, glance: Glance, likely: list[str] | None = None) -> dict[str, object]:
    return {
        "journeys": _journeys(glance.book, likely or []),
        "latest": complaints(desk_of(request).store, newest=SHOWN),
        "verdict_word": support_letters.verdict_word,
        "tones": SIGNS,
        "titles": {key: phrases.title(one)[0] for key, one in glance.book.journeys.items()},
        "asked": Question(""),
        "trouble_asked": None,
    }


def _journeys(book: Book, likely: list[str]) -> list[tuple[str, str]]:
    """(key, title) for the choice, the likely ones first."""
    keys = dict.fromkeys([*likely, *book.journeys])
    return [(key, phrases.title(book.journeys[key])[0]) for key in keys]


def _answer(request: Request, glance: Glance, number: str) -> Mapping[str, object]:
    store = desk_of(request).store
    found = complaint_of(store, int(number)) if number.isdecimal() and len(number) < 10 else None
    if found is None:
        raise HTTPException(404, t("There is no such complaint."))
    answer: Answer = supporting.answered(glance.book, store, found)
    return {
        "complaint": answer.complaint,
        "verdict": answer.verdict,
        "headline": support.headline(answer.verdict),
        "meaning": support.meaning(answer.verdict),
        "title": phrases.title(answer.journey)[0] if answer.journey else t("journey not known"),
        "journey": answer.journey,
        "sentences": support_letters.sentences(answer),
        "before": support_letters.asked_before(answer),
        "changed": answer.verdict != found.verdict,
        "replies": [(lang, LANGUAGE_NAMES[lang], words) for lang, words in support_letters.replies(answer).items()],
    }
