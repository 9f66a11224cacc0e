"""The pages of the protocols: the catalogue, the identity sheet with its picture, the PDF, the life of a protocol."""

import datetime as dt
from functools import lru_cache

from flask import Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from mappings.domain.picture import Row, described, rows_of
from mappings.domain.protocol import Protocol
from mappings.domain.sheet import Sheet, sheet_of
from mappings.domain.sheet import words as said
from mappings.domain.time import french_day
from mappings.domain.versions import version_shown, versions_of
from mappings.pdf.sheet import sheet_page
from mappings.svg import HEIGHT, picture_to_svg
from service import views
from service.console import words
from service.console.listing import listed
from service.console.lives import life_seen_by
from service.console.pages import console
from service.life.halting import halts_on
from service.printing import printed


@lru_cache(maxsize=32)
def _printed(sheet: Sheet, rows: tuple[Row, ...], pictures: tuple[str, ...]) -> bytes:
    """Equal sheets are equal bytes: those asked lately are not made anew."""
    return printed(sheet_page(sheet, rows, pictures))


@console.get("/protocoles")
def catalogue() -> str:
    composition, day = views.composition(), _day()
    halts = halts_on(composition.store, {one.url for one in composition.catalogue.values()}, day)
    return render_template(
        "catalogue.html",
        regimes=listed(composition.catalogue.values(), day, halts),
        neighbours=composition.neighbours,
        day=day,
        said=said,
    )


@console.get("/protocoles/<logical_id:id_>")
def sheet(id_: str) -> str:
    shown, told = _sheet(id_)
    rows = rows_of(shown)
    title = f"Parcours du patient, {told.short_title}, version {told.version}"
    (picture,) = picture_to_svg(rows, title=title)
    sources = {citation: place for place, citation in enumerate(told.sources, 1)}
    return render_template(
        "sheet.html",
        sheet=told,
        said=said,
        sources=sources,
        picture=picture,
        described=tuple(described(rows)),
        is_today=told.day == _today(),
    )


@console.get("/protocoles/<logical_id:id_>/fiche.pdf")
def sheet_pdf(id_: str) -> Response:
    shown, told = _sheet(id_)
    rows = rows_of(shown)
    pictures = picture_to_svg(rows, title="Parcours du patient", height=HEIGHT)
    answer = Response(_printed(told, rows, pictures), content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="fiche-{told.id}-{told.version}.pdf"'
    return answer


@console.get("/protocoles/<logical_id:id_>/vie")
def life(id_: str) -> Answer | str:
    """Of the reader's own structures: who is enrolled elsewhere is nobody's business here."""
    rpps = views.caller().rpps
    if not rpps:
        return redirect(url_for("console.sign_in_page"), 303)
    versions, day = _versions(id_), _day()
    seen = life_seen_by(views.composition(), rpps, versions, day)
    shown = version_shown(versions, day)
    return render_template(
        "life.html",
        life=seen.life,
        people=seen.people,
        structures=seen.structures,
        shown=shown,
        words=words,
        day=day,
        dormant_months=views.composition().settings.dormant_months,
    )


def _sheet(id_: str) -> tuple[Protocol, Sheet]:
    """The version that the address names, else the one of the day."""
    versions, day = _versions(id_), _day()
    wanted = request.args.get("version", "")
    shown = next((one for one in versions if one.version == wanted), None) if wanted else version_shown(versions, day)
    if shown is None:
        abort(404)
    halts = halts_on(views.composition().store, [shown.url], day)[shown.url]
    return shown, sheet_of(versions, shown, day, halts)


def _versions(id_: str) -> tuple[Protocol, ...]:
    versions = versions_of(views.composition().catalogue.values(), id_)
    if not versions:
        abort(404)
    return versions


def _day() -> dt.date:
    wanted = request.args.get("le", "")
    try:
        return dt.date.fromisoformat(wanted) if wanted else _today()
    except ValueError:
        abort(400)


def _today() -> dt.date:
    return french_day(views.composition().clock())
