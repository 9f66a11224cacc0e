"""``$everything`` (R4 4.0.1, https://hl7.org/fhir/R4/patient-operation-everything.html), of a patient and of a team.

Of a patient: the record, in the order of writing; then what it points at among professionals, structures and teams, and
what proves it. Of a team: what it is made of (structure, enrolments, professionals, protocol), then its activity:
inclusions, acts, prescriptions, dispensings, duties. Patients themselves are not in it; they are asked for one by one, or exported.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from mappings.fhir.compartment import PATIENT_TYPES, care_span
from mappings.fhir.json import parse
from mappings.fhir.search import date_range
from mappings.issues import PARAMETER, Issue, Refused
from service.api import media
from service.api.exchange import Call, Pairs, Reply
from service.api.links import page_address
from service.api.parameters import body_pairs, refuse_others
from service.api.query import within
from service.finding import term_of
from service.gathering import Section, all_of, bearing, composition_of, listed, surroundings
from service.store import Store
from service.store.instants import micros
from service.store.unit import StoredVersion

Resource = dict[str, Any]

_MOST_COUNT: Final = 500
_FIRST: Final = -(2**62)
_LAST: Final = 2**62
_REFERENCE: Final = "FHIR R4, patient-operation-everything.html"
#: Types of a team's activity, and the parameters that name an enrolment.
_BY_ENROLMENT: Final = (
    ("Procedure", "performer"),
    ("MedicationRequest", "requester"),
    ("ServiceRequest", "requester"),
    ("MedicationDispense", "performer"),
    ("Task", "owner"),
    ("Task", "requester"),
)


@dataclass(slots=True)
class _Asked:
    """The parameters of the operation. Instants are microseconds since 1970 UTC."""

    start: int = _FIRST
    end: int = _LAST
    since: int = _FIRST
    types: frozenset[str] = frozenset()
    count: int = _MOST_COUNT

    def keeps(self, version: StoredVersion) -> bool:
        if self.types and version.type not in self.types:
            return False
        if micros(version.recorded) < self.since:
            return False
        if (self.start, self.end) == (_FIRST, _LAST):
            return True
        care = care_span(parse(version.body))
        # Who the patient is has no date.
        return care is None or (care[0] < self.end and care[1] > self.start)


def of_patient(call: Call, id_: str) -> Reply:
    store = call.composition.store
    patient = _there(store, "Patient", id_)
    terms = [entry for type_ in PATIENT_TYPES for entry in within("Patient", id_, type_)]
    sections = (
        Section("match", listed(lambda: [patient])),
        Section("match", bearing(store, terms)),
        Section("include", listed(lambda: surroundings(store, patient, terms))),
    )
    return _answer(call, f"Patient/{id_}/$everything", sections)


def of_team(call: Call, id_: str) -> Reply:
    store = call.composition.store
    team = _there(store, "CareTeam", id_)
    made_of = composition_of(store, team)
    roles = [version.id for version in made_of if version.type == "PractitionerRole"]
    terms = [term_of("CarePlan", "care-team", "CareTeam", id_)]
    terms += [term_of(type_, name, "PractitionerRole", role) for role in roles for type_, name in _BY_ENROLMENT]
    sections = (Section("match", listed(lambda: made_of)), Section("match", bearing(store, terms)))
    return _answer(call, f"CareTeam/{id_}/$everything", sections)


def _there(store: Store, type_: str, id_: str) -> StoredVersion:
    version = store.read(type_, id_)
    if version is None:
        raise Refused(Issue("not-found", "", "Cette ressource n’existe pas sur ce serveur."))
    if not version.body:
        raise Refused(Issue("deleted", "", "Cette ressource a été supprimée."))
    return version


def _answer(call: Call, name: str, sections: Sequence[Section]) -> Reply:
    pages, pairs, place = call.composition.pages, [*call.pairs, *body_pairs(call)], (0, 0)
    cursor = call.parameter("_page")
    refuse_others(call, (name for name, _ in pairs), _TAKEN)
    pairs = [pair for pair in pairs if pair[0] in _PARAMETERS]
    if cursor:
        pairs, place = pages.read(name, cursor)
    asked = _read(pairs)
    page, more = _page(sections, asked, place)
    # The link repeats no parameter, as for a search.
    links = [{"relation": "self", "url": f"{call.base}/{name}"}]
    if page and more:
        section, _, last = page[-1]
        url = page_address(call, f"{call.base}/{name}", pages.cursor(name, pairs, (section, last.number)))
        links.append({"relation": "next", "url": url})
    entries = [
        {
            "fullUrl": f"{call.base}/{version.type}/{version.id}",
            "resource": parse(version.body),
            "search": {"mode": mode},
        }
        for _, mode, version in page
    ]
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset", "link": links}
    return media.answer(call, bundle | ({"entry": entries} if entries else {}))


def _page(
    sections: Sequence[Section], asked: _Asked, place: tuple[int, int]
) -> tuple[list[tuple[int, str, StoredVersion]], bool]:
    """What comes after ``place`` (section, number), and whether there is more."""
    first, after = place
    page: list[tuple[int, str, StoredVersion]] = []
    for number, section in enumerate(sections):
        if number < first:
            continue
        for version in all_of(section, after if number == first else 0):
            if asked.keeps(version):
                if len(page) == asked.count:
                    return page, True
                page.append((number, section.mode, version))
    return page, False


def _read(pairs: Pairs) -> _Asked:
    asked, issues = _Asked(), []
    for key, value in pairs:
        try:
            _add(asked, key, value)
        except (ValueError, OverflowError):
            text = f"Paramètre « {key} » : {_PARAMETERS[key]}"
            issues.append(Issue("value", f"{PARAMETER}{key}", text, _REFERENCE))
    if issues:
        raise Refused(issues)
    return asked


_PARAMETERS: Final = {
    "start": "une date est attendue.",
    "end": "une date est attendue.",
    "_since": "un instant est attendu.",
    "_type": "des noms de types séparés par des virgules sont attendus.",
    "_count": "un nombre de 1 à 999999999 est attendu.",
}
_TAKEN: Final = frozenset({*_PARAMETERS, "_page"})


def _add(asked: _Asked, key: str, value: str) -> None:
    match key:
        case "start":
            asked.start = date_range(value)[0]
        case "end":
            asked.end = date_range(value)[1]
        case "_since":
            asked.since = date_range(value.replace(" ", "+"))[0]
        case "_type" if value and all(name.isalpha() for name in value.split(",")):
            asked.types |= frozenset(value.split(","))
        case "_count" if value.isascii() and value.isdecimal() and len(value) < 10 and int(value):
            asked.count = min(int(value), _MOST_COUNT)
        case _:
            raise ValueError
