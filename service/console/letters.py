"""The page of what was not delivered: why, and the button that has it sent again. A délégant sees that of their acts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from flask import abort, redirect, render_template, url_for
from werkzeug.wrappers import Response

from service import views
from service.console import words
from service.console.pages import _desk, _named, _to_sign_in, console
from service.console.reading import Desk
from service.console.views import ActView
from service.outbox.envelope import CHANGES_SHOWING, Envelope
from service.replaying import DEAD, DeadLetter, dead_letters, replay

#: Dead letters looked at for one page: those of others are passed over.
_MOST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """One report that did not reach one destination."""

    letter: DeadLetter
    act: ActView
    destination: str
    why: str
    #: The answer's code, in words where there are any.
    code: str


@console.get("/envois")
def letters() -> Response | str:
    desk = _desk()
    if desk is None:
        return _to_sign_in()
    store = views.composition().store
    done = store.envelope(_named("repris")) if _named("repris") else None
    return render_template(
        "letters.html",
        letters=tuple(_of(desk, dead_letters(store, _MOST))),
        replayed=done is not None and done.state not in DEAD,
    )


@console.post("/envois/<logical_id:id_>/reprise")
def send_again(id_: str) -> Response:
    """By whoever is signed in, of an act of theirs; the page then says what is on record."""
    desk, composition = _desk(), views.composition()
    if desk is None:
        return _to_sign_in()
    envelope = composition.store.envelope(id_)
    document = composition.store.document(envelope.document_id) if envelope else None
    if document is None or desk.act(document.act.split("/")[1]) is None:
        abort(404)
    replay(composition.store, composition.clock, composition.ids, id_, views.caller().rpps)
    return redirect(url_for("console.letters", repris=id_), 303)


def _of(desk: Desk, some: Iterable[DeadLetter]) -> Iterable[Undelivered]:
    for letter in some:
        act = desk.act(letter.act.split("/")[1])
        if act is not None and not act.in_error:
            yield Undelivered(
                letter=letter,
                act=act,
                destination=_where(letter.envelope),
                why=_answers(letter.envelope).get(letter.outcome, words.UNDER_WAY)[0]
                if letter.envelope.state != "exhausted"
                else "Le destinataire n’a pas pu être joint dans le délai prévu.",
                code=words.answer_code(letter.code),
            )


def _where(envelope: Envelope) -> str:
    where = words.DESTINATIONS[envelope.destination]
    return f"{where}\u00a0: {words.CHANGING[envelope.purpose]}" if envelope.purpose in CHANGES_SHOWING else where


def _answers(envelope: Envelope) -> Mapping[str, tuple[str, words.Tone]]:
    return words.CHANGE_ANSWERS if envelope.purpose in CHANGES_SHOWING else words.ANSWERS
