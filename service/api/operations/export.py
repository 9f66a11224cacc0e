"""``$export``, where it has got to, and its files (Bulk Data Access 2.0, https://hl7.org/fhir/uv/bulkdata/STU2/export.html).

    GET|POST  /$export  /Patient/$export  /Group/[id]/$export     kick-off: 202 and where to ask
    GET       /export/[id]                                        202 while it runs, then the manifest
    DELETE    /export/[id]                                        it is over, its files go
    GET       /export-file/[id]                                   NDJSON

No Group is kept here: the group of a team, by the id of the CareTeam, is the patients included under it. An export and
its files are answered to who asked for it, and to anybody else as if they were not.
"""

from collections.abc import Sequence
from email.utils import format_datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from werkzeug.exceptions import MethodNotAllowed
from werkzeug.http import parse_accept_header

from mappings.fhir.json import dump
from mappings.fhir.operation_outcome import operation_outcome
from mappings.issues import Issue, Refused
from service.access import Caller
from service.api import media
from service.api.exchange import Call, Reply, pairs_of
from service.api.parameters import body_pairs, refuse_others_in_address
from service.api.query import Asking, read_query
from service.api.query.results import ELSEWHERE, INCLUDES, RESULTS
from service.exporting.auditing import Auditing
from service.exporting.files import gzip_length, gzipped, inflated
from service.exporting.filters import Filter
from service.exporting.manifest import manifest, progress
from service.exporting.request import Level, read_request
from service.exporting.selection import since_number
from service.store.exports import ExportFile, ExportJob

NDJSON: Final = "application/fhir+ndjson"
#: Exports that one caller may have running.
_MOST_RUNNING: Final = 5
#: When to ask again, seconds.
_AGAIN: Final = "2"
_GONE: Final = "Cet export n’existe pas, ou n’est plus conservé."


def of_system(call: Call) -> Reply:
    return _kick_off(call, "system")


def of_patients(call: Call) -> Reply:
    return _kick_off(call, "patient")


def of_group(call: Call, id_: str) -> Reply:
    team = call.composition.store.read("CareTeam", id_)
    if team is None or not team.body:
        text = "Il n’y a pas d’équipe de cet identifiant : le groupe d’une équipe porte celui de sa CareTeam."
        raise Refused(Issue("not-found", "", text))
    return _kick_off(call, "group", id_)


def _kick_off(call: Call, level: Level, team: str = "") -> Reply:
    if call.method == "HEAD":
        raise MethodNotAllowed(["GET", "OPTIONS", "POST"])
    if call.caller.structure:
        text = "Un export est celui de toute l’installation : il ne se demande pas au nom d’une structure."
        raise Refused(Issue("forbidden", "", text, "CSP L1110-4"))
    preferences = {each.strip() for each in call.header("Prefer").lower().replace(",", ";").split(";")}
    if "respond-async" not in preferences:
        text = "Un export se demande avec l’en-tête « Prefer: respond-async » : la réponse vient plus tard."
        raise Refused(Issue("not-supported", "", text, "Bulk Data Access 2.0, export.html#headers"))
    told = body_pairs(call)
    composition = call.composition
    request, ignored = read_request(
        level,
        [*call.pairs, *told],
        team=team,
        lenient="handling=lenient" in preferences,
        named=not any(key == "patient" for key, _ in call.pairs),
        url=_asked(call),
        token=bool(call.header("Authorization")),
        searching=lambda type_, query: _searched(call, type_, query),
    )
    exports = composition.store.exports
    if exports.running(call.caller.client, call.caller.rpps) >= _MOST_RUNNING:
        raise _too_many()
    # In this order: what is written between the two is told twice, by this export and by the next, rather than by none.
    started = composition.clock()
    number = exports.last_number()
    resumed = since_number(exports, request)
    job = ExportJob(
        id=composition.ids(),
        client=call.caller.client,
        rpps=call.caller.rpps,
        started=started,
        number=number,
        asked=resumed.dump(),
        reached=min(resumed.since_number, number),
    )
    _auditing(call).requested(job, request)
    if not exports.add(job, _MOST_RUNNING):
        raise _too_many()
    notes = [Issue("informational", "", "L’export est demandé ; son état se lit à l’adresse Content-Location.")]
    notes += [Issue("not-supported", "", f"Non pris en compte. {issue.text}") for issue in ignored]
    outcome = operation_outcome([Issue(n.code, "", n.text, "", "information") for n in notes])
    return media.answer(call, outcome, 202, {"Content-Location": f"{call.base}/export/{job.id}"})


def _too_many() -> Refused:
    text = f"{_MOST_RUNNING} exports sont en cours pour cet appelant : attendez la fin de l’un d’eux."
    return Refused(Issue("throttled", "", text, "Bulk Data Access 2.0, export.html"))


def _auditing(call: Call) -> Auditing:
    return Auditing(call.composition.store, call.composition.clock, call.composition.ids)


def _searched(call: Call, type_: str, query: str) -> Filter:
    pairs = pairs_of(query)
    if not pairs or any(key in RESULTS or key in INCLUDES or key in ELSEWHERE for key, _ in pairs):
        text = "Paramètre « _typeFilter » : un filtre porte des critères de recherche, et rien d’autre."
        raise Refused(Issue("not-supported", "", text, "Bulk Data Access 2.0, export.html#query-parameters"))
    composition = call.composition
    asked = read_query([type_], pairs, Asking(store=composition.store, now=composition.clock(), base=call.base))
    return Filter(type=type_, every=asked.every, none=asked.none)


def status(call: Call, id_: str) -> Reply:
    refuse_others_in_address(call)
    job = _job(call, id_)
    if job.state == "running":
        return Reply(202, headers={"X-Progress": progress(job), "Retry-After": _AGAIN})
    if job.state == "failed" or job.expires is None:
        raise Refused(Issue("exception", "", "L’export n’a pas pu être mené à bien ; il peut être demandé de nouveau."))
    told = manifest(
        job, call.composition.store.exports.files(id_), lambda file: f"{call.base}/export-file/{id_}.{file.number}"
    )
    headers = {"Content-Type": "application/json", "Expires": format_datetime(job.expires, usegmt=True)}
    return Reply(200, dump(told), headers)


def cancel(call: Call, id_: str) -> Reply:
    refuse_others_in_address(call)
    job = _job(call, id_)
    call.composition.store.exports.cancel(job.id, call.composition.clock())
    text = "L’export est abandonné ; ses fichiers sont effacés."
    return media.answer(call, operation_outcome([Issue("informational", "", text, "", "information")]), 202)


def file(call: Call, id_: str) -> Reply:
    """One file, deflated on the way when the caller takes gzip; that it is taken is on record before it leaves."""
    refuse_others_in_address(call)
    job_id, _, number = id_.rpartition(".")
    job = _job(call, job_id)
    if job.state != "complete":
        raise Refused(Issue("not-found", "", _GONE))
    folder = Path(call.composition.settings.exports) / job.id
    found = _numbered(call.composition.store.exports.files(job.id), number)
    headers = {"Content-Type": NDJSON, "Vary": "Accept-Encoding"}
    try:
        if parse_accept_header(call.header("Accept-Encoding"))["gzip"] > 0:
            headers |= {"Content-Encoding": "gzip", "Content-Length": str(gzip_length(found))}
            stream = gzipped(folder, found)
        else:
            headers["Content-Length"] = str(found.size)
            stream = inflated(folder, found)
    except FileNotFoundError:
        raise Refused(Issue("not-found", "", _GONE)) from None
    if call.method != "HEAD":
        _auditing(call).downloaded(job, found, call.caller)
    return Reply(200, headers=headers, stream=stream)


def may_read(caller: Caller, job: ExportJob) -> bool:
    """Who asked for it. There is no right to administer yet: whoever is given one is let in here."""
    return (job.client, job.rpps, "") == (caller.client, caller.rpps, caller.structure)


def _job(call: Call, id_: str) -> ExportJob:
    job = call.composition.store.exports.read(id_)
    over = job is None or job.state == "cancelled"
    if (
        job is None
        or over
        or not may_read(call.caller, job)
        or (job.expires and job.expires <= call.composition.clock())
    ):
        raise Refused(Issue("not-found", "", _GONE))
    return job


def _numbered(files: Sequence[ExportFile], number: str) -> ExportFile:
    for each in files:
        if str(each.number) == number:
            return each
    raise Refused(Issue("not-found", "", _GONE))


def _asked(call: Call) -> str:
    """The address as it was called; what a body said is not repeated."""
    query = f"?{urlencode(call.pairs)}" if call.pairs else ""
    return f"{call.base}{call.path.removeprefix('/fhir')}{query}"
