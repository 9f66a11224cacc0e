"""The page of the mails that came to the boxes of the reader's structures: what each is, and what waits for somebody.

Everything a mail says is shown as text, as its sender wrote it: nothing of it is opened, fetched or believed here.
"""

import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from mappings.domain.people import Organization
from mappings.domain.time import french_day
from service import views
from service.composition import Composition
from service.console import french, words
from service.console.pages import _named, console
from service.console.people import practitioner
from service.console.team import teams_of
from service.intake import Asked
from service.owners import enrolments_in
from service.replies import Reply, read_reply, replies_to
from service.store.inbound import InboundMail, Standing

#: Mails shown of one box.
_SHOWN: Final = 50
#: The state of an answer that nobody has read.
_TO_READ: Final = "à lire"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """One mail, for the eye."""

    id: str
    at: dt.datetime
    kind: str
    #: What is to be said of it; empty when nothing is.
    why: str
    state: str
    tone: words.Tone
    sender: str
    subject: str
    text: str
    #: Name, type and size of what it carries.
    attached: tuple[str, ...]
    documents: tuple[str, ...]
    #: Logical id of the act that it answers; empty when it answers none.
    act_id: str
    #: When what it said was deleted.
    forgotten: dt.datetime | None
    #: Task of an answer, whoever reads it; empty when there is none.
    task_id: str = ""
    #: Whether the reader may tell the answer to be read.
    to_read: bool = False
    #: Who read the answer, and when.
    read_by: str = ""
    read_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxView:
    """The box of one structure."""

    structure: str
    mails: tuple[MailView, ...]
    #: How many of those shown wait to be read, and to be looked at.
    unread: int
    aside: int
    #: Whether older ones may be left out.
    is_cut: bool


@console.post("/messages/<logical_id:id_>/lecture")
def read_message(id_: str) -> Response:
    """Somebody of the structure has read the answer; the page then says who, and when."""
    composition, caller = views.composition(), views.caller()
    if not caller.rpps:
        return redirect(url_for("console.sign_in_page"), 303)
    asked = Asked(
        client=caller.client,
        key="",
        fingerprint=views.fingerprint(),
        render=lambda outcome: b"",
        rpps=caller.rpps,
        trusted=True,
    )
    read_reply(composition.intake, id_, asked)
    return redirect(url_for("console.messages", lue=id_), 303)


@console.get("/messages")
def messages() -> Response | str:
    composition, rpps = views.composition(), views.caller().rpps
    if not rpps:
        return redirect(url_for("console.sign_in_page"), 303)
    boxes, done = boxes_of(composition, rpps), _named("lue")
    read = (mail for box in boxes for mail in box.mails if mail.read_at and mail.task_id == done)
    return render_template("inbox.html", boxes=boxes, just_read=next(read, None) if done else None)


def boxes_of(composition: Composition, rpps: str) -> tuple[BoxView, ...]:
    """The boxes of the structures where the professional is enrolled, each once."""
    structures = {
        team.organization.mailbox.lower(): team.organization
        for team in teams_of(composition, rpps)
        if team.organization.mailbox
    }
    return tuple(
        _box_view(composition, rpps, box, structure)
        for box, structure in sorted(structures.items(), key=lambda pair: pair[1].name)
    )


def _box_view(composition: Composition, rpps: str, box: str, structure: Organization) -> BoxView:
    store = composition.store
    replies = {one.mail_id: one for one in replies_to(store, structure.id)}
    may_read = bool(enrolments_in(store, rpps, structure.id, french_day(composition.clock())))
    mails = tuple(
        _with_reply(mail_view(mail), replies.get(mail.id), composition, may_read=may_read)
        for mail in store.inbound.latest(box, _SHOWN)
    )
    return BoxView(
        structure=structure.name,
        mails=mails,
        unread=sum(mail.state == _TO_READ for mail in mails),
        aside=sum(mail.tone == "alert" for mail in mails),
        is_cut=len(mails) == _SHOWN,
    )


def _with_reply(view: MailView, reply: Reply | None, composition: Composition, *, may_read: bool) -> MailView:
    """What became of an answer: somebody has it to read, or read it."""
    if reply is None:
        return view
    if reply.read_at:
        who = practitioner(composition.store, reply.read_by)
        name = french.name(who) if who else f"un professionnel (RPPS {reply.read_by})"
        return replace(view, state="lu", tone="done", task_id=reply.task_id, read_by=name, read_at=reply.read_at)
    if reply.status != "requested":
        return view
    return replace(view, state=_TO_READ, tone="waiting", task_id=reply.task_id, to_read=may_read)


def mail_view(mail: InboundMail) -> MailView:
    shown: dict[str, Any] = json.loads(mail.shown) if mail.shown else {}
    receipt = mail.code.partition(" ")[0] if mail.kind == "notice" else ""
    why = words.RECEIPTS[receipt] if receipt in words.RECEIPTS else words.set_aside(mail.code)
    state, tone = _STATES[mail.state]
    if mail.state is Standing.SETTLED and mail.kind not in _TELLING:
        state, tone = "sans suite dans Binôme", "waiting"
    return MailView(
        id=mail.id,
        at=mail.kept,
        kind=words.MAILS.get(mail.kind, mail.kind),
        why=why,
        state=state,
        tone=tone,
        sender=shown.get("sender") or ("effacé" if mail.forgotten else "non identifié"),
        subject=shown.get("subject", ""),
        text=shown.get("text", ""),
        attached=tuple(
            f"{one['name'] or 'sans nom'} ({words.FILES.get(one['type'], one['type'])}, {french.size(one['size'])})"
            for one in _list(shown, "attached")
        ),
        documents=tuple(f"{one['title'] or 'sans titre'} (type {one['type']})" for one in _list(shown, "documents")),
        act_id=mail.act.split("/")[1] if mail.act else "",
        forgotten=mail.forgotten,
    )


def _list(shown: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shown.get(name, [])
    return found


#: Kinds of mail that change where a sending stands; of the others nothing is done, and nobody is told to have read them.
_TELLING: Final = ("notice", "bounce")
_STATES: Final[dict[Standing, tuple[str, words.Tone]]] = {
    Standing.WAITING: ("en attente de lecture", "waiting"),
    Standing.SETTLED: ("traité", "done"),
    Standing.QUARANTINED: ("mis à l’écart, à regarder", "alert"),
}
