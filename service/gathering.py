"""What one answer gathers: a patient's record with what surrounds it, a team with what it is made of.

An answer has sections, each in the order of writing, so that a page goes on from a number; of a section that must be
gathered whole (what others point at) the work is done when a page first reaches it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mappings.codes.systems import EXT_PROTOCOL
from mappings.fhir.bundle import targets_of
from mappings.fhir.json import parse
from mappings.issues import Issue, Refused
from service.finding import found, term_of
from service.store import Store
from service.store.search import Condition, Place, Search
from service.store.unit import StoredVersion

Key = tuple[str, str]

#: Versions read at once.
_CHUNK: Final = 200
#: Resources of a record beyond which what surrounds it is not gathered in one request.
_MOST: Final = 20_000
#: What a record points at that is nobody's record.
_AROUND: Final = frozenset({"Practitioner", "PractitionerRole", "Organization", "CareTeam", "Device"})


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the answer, in the order of writing: versions after a number, at most so many."""

    mode: str
    after: Callable[[int, int], list[StoredVersion]]


def all_of(section: Section, after: int) -> Iterator[StoredVersion]:
    while some := section.after(after, _CHUNK):
        yield from some
        after = some[-1].number


def listed(versions: Callable[[], Sequence[StoredVersion]]) -> Callable[[int, int], list[StoredVersion]]:
    """Versions gathered at first need."""
    ordered: list[StoredVersion] = []

    def after(number: int, most: int) -> list[StoredVersion]:
        if not ordered:
            ordered.extend(sorted(versions(), key=lambda version: version.number))
        return [version for version in ordered if version.number > number][:most]

    return after


def bearing(store: Store, terms: Condition) -> Callable[[int, int], list[StoredVersion]]:
    """Current versions that bear one of ``terms``."""

    def after(number: int, most: int) -> list[StoredVersion]:
        search = Search(every=[list(terms)], count=most, after=Place((), number) if number else None)
        return [one.version for one in store.search(search)]

    return after


def surroundings(store: Store, patient: StoredVersion, terms: Condition) -> list[StoredVersion]:
    """What a record points at and what proves it, each once."""
    own: dict[Key, None] = {(patient.type, patient.id): None}
    pointed: dict[Key, None] = _pointed(patient)
    for version in all_of(Section("match", bearing(store, terms)), 0):
        own[version.type, version.id] = None
        pointed |= _pointed(version)
        if len(own) > _MOST:
            text = "Ce dossier est trop grand pour une réponse : demandez-le par $export, avec le paramètre patient."
            raise Refused(Issue("too-costly", "", text, "FHIR R4, patient-operation-everything.html"))
    gathered = _with_professionals(store, list(pointed))
    proofs = [term_of("Provenance", "target", *key) for key in own]
    for start in range(0, len(proofs), _CHUNK):
        gathered += list(all_of(Section("include", bearing(store, proofs[start : start + _CHUNK])), 0))
    once = {(version.type, version.id): version for version in gathered}
    return [version for key, version in once.items() if key not in own]


def _pointed(version: StoredVersion) -> dict[Key, None]:
    """What a version points at around its record."""
    keys: dict[Key, None] = {}
    for target in targets_of(parse(version.body)):
        type_, _, rest = target.partition("/")
        if type_ in _AROUND:
            keys[type_, rest.partition("/")[0]] = None
    return keys


def _with_professionals(store: Store, keys: Sequence[Key]) -> list[StoredVersion]:
    """The current versions, with the professional and the structure of each enrolment among them."""
    versions = [version for version in store.read_many(keys) if version.body]
    further: dict[Key, None] = {}
    for version in versions:
        if version.type == "PractitionerRole":
            further |= _pointed(version)
    others = [key for key in further if key not in keys]
    return versions + [version for version in store.read_many(others) if version.body]


def composition_of(store: Store, team: StoredVersion) -> list[StoredVersion]:
    """The team, its structure, its enrolments whatever their status, their professionals, its protocol."""
    resource = parse(team.body)
    protocol = next((e["valueCanonical"] for e in resource.get("extension", ()) if e["url"] == EXT_PROTOCOL), "")
    url, _, version = protocol.partition("|")
    structures = [key for key in _pointed(team) if key[0] == "Organization"]
    enrolments = [
        each
        for _, structure in structures
        for each in found(
            store,
            "PractitionerRole",
            [("protocol", "", protocol)],
            [("organization", "Organization", structure)],
            count=1000,
        )
    ]
    keys = [("PractitionerRole", each.id) for each in enrolments]
    keys += [key for key in (*_pointed(team), *structures) if key not in keys]
    definitions = found(store, "PlanDefinition", [("url", "", url)], [("version", "", version)])
    once = {v.number: v for v in [team, *_with_professionals(store, list(dict.fromkeys(keys))), *definitions]}
    return list(once.values())
