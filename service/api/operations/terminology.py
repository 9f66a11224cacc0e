"""What codes mean: ``$expand``, ``$validate-code``, ``$lookup``, ``$subsumes`` on what is held here.

R4 4.0.1: https://hl7.org/fhir/R4/valueset-operations.html and codesystem-operations.html. A value set or a code system
is named by its URL, or by its id when it is ours.
"""

from typing import Any, Final

from mappings.codes.systems import CANONICAL
from mappings.fhir.structure import check
from mappings.fhir.terminology import ValueSet, code_system, codes_of, display_of, expanded, subsumes, value_set
from mappings.issues import Issue, Refused
from service.api import media
from service.api.exchange import Call, Reply
from service.api.parameters import refuse_others

_VALUE_SETS: Final = "FHIR R4, valueset-operations.html"
_CODE_SYSTEMS: Final = "FHIR R4, codesystem-operations.html"
#: Parameters of each operation.
EXPANSION: Final = frozenset({"url", "valueSetVersion", "filter", "offset", "count"})
_IN_SET: Final = frozenset({"url", "valueSetVersion", "code", "system", "display", "coding", "codeableConcept"})
_IN_SYSTEM: Final = frozenset({"url", "version", "code", "system", "display", "coding", "codeableConcept"})
_LOOKUP: Final = frozenset({"system", "version", "code", "coding"})
_SUBSUMPTION: Final = frozenset({"system", "version", "codeA", "codeB", "codingA", "codingB"})
#: What changes nothing of an answer: a definition held here has one language, no designation and no inactive code, and
#: an expansion is flat.
_WITHOUT_EFFECT: Final = frozenset(
    {"abstract", "activeOnly", "displayLanguage", "excludeNested", "excludeNotForUI", "excludePostCoordinated"}
    | {"includeDefinition", "includeDesignations", "property"}
)
#: Codes that one expansion shows when it is not asked for fewer.
_PAGE: Final = 1_000

Resource = dict[str, Any]
#: System (empty when it is not told) and code.
_Coding = tuple[str, str, str]


def expand(call: Call, id_: str = "") -> Reply:
    """The members of a value set in their order; ``filter`` keeps codes or words that hold a text."""
    asked = _Asked(call, EXPANSION)
    found = _value_set(asked, id_)
    url = found.url
    members = expanded(url)
    if members is None:
        text = "Cet ensemble de valeurs ne se développe pas ici : ses codes ne sont pas tous connus."
        raise Refused(Issue("not-supported", "", text, _VALUE_SETS))
    wanted = asked.text("filter").casefold()
    rows = [(system, code, display_of(system, code, url)) for system, code in members]
    rows = [row for row in rows if wanted in f"{row[1]} {row[2]}".casefold()]
    offset, count = asked.number("offset", 0), asked.number("count", _PAGE)
    shown = [_contains(*row) for row in rows[offset : offset + min(count, _PAGE)]]
    expansion: Resource = {"timestamp": call.composition.clock().isoformat(), "total": len(rows)}
    if len(shown) < len(rows):
        expansion["offset"] = offset
    if wanted:
        expansion["parameter"] = [{"name": "filter", "valueString": asked.text("filter")}]
    if shown:
        expansion["contains"] = shown
    head = {"resourceType": "ValueSet", "url": found.url, "version": found.version, "title": found.title}
    body = {name: value for name, value in head.items() if value} | {"status": "active", "expansion": expansion}
    return media.answer(call, body)


def validate_in_set(call: Call, id_: str = "") -> Reply:
    """Whether a code is a member of a value set."""
    asked = _Asked(call, _IN_SET)
    url = _value_set(asked, id_).url
    members = codes_of(url)
    if members is None:
        text = "Les codes de cet ensemble de valeurs ne sont pas tous connus ici."
        raise Refused(Issue("not-supported", "", text, _VALUE_SETS))
    codings = asked.codings(_VALUE_SETS)
    found = next((one for one in codings if one[:2] in members), None)
    if found is None:
        # a code alone, as in an element of type code, says no system
        bare = {code for system, code, _ in codings if not system}
        found = next(((system, code, "") for system, code in sorted(members) if code in bare), None)
    return _verdict(call, found, asked.text("display"), "Ce code n’est pas dans l’ensemble de valeurs.", url)


def validate_in_system(call: Call, id_: str = "") -> Reply:
    """Whether a code is one of a code system."""
    asked = _Asked(call, _IN_SYSTEM)
    url, _, version = (asked.text("url") or (f"{CANONICAL}/CodeSystem/{id_}" if id_ else "")).partition("|")
    codings = [(system or url, code, display) for system, code, display in asked.codings(_CODE_SYSTEMS)]
    systems = {url or system for system, _, _ in codings}
    for system in systems:
        held = code_system(system)
        if held is None or not _is_of_version(held.version, asked.text("version") or version):
            text = "Ce système de codes n’est pas tenu ici, ou pas dans cette version."
            raise Refused(Issue("not-found", "", text, _CODE_SYSTEMS))
    found = next((one for one in codings if (not url or one[0] == url) and _concept(one[0], one[1])), None)
    return _verdict(call, found, asked.text("display"), "Ce code n’est pas dans le système de codes.")


def look_up(call: Call) -> Reply:
    """What is known of a code."""
    asked = _Asked(call, _LOOKUP)
    system, code, _ = asked.codings(_CODE_SYSTEMS)[0]
    held = code_system(system)
    concept = _concept(system, code)
    wanted = asked.text("version") or system.partition("|")[2]
    if held is None or concept is None or not _is_of_version(held.version, wanted):
        text = "Ce code n’est pas tenu ici, ou pas dans cette version de son système."
        raise Refused(Issue("not-found", "", text, _CODE_SYSTEMS))
    parameter: list[Resource] = [{"name": "name", "valueString": held.title or held.url}]
    parameter += [{"name": "version", "valueString": held.version}] if held.version else []
    parameter.append({"name": "display", "valueString": concept.display})
    properties = [("parent", "valueCode", parent) for parent in concept.parents]
    properties += [("definition", "valueString", concept.definition)] if concept.definition else []
    for name, kind, value in properties:
        part: list[Resource] = [{"name": "code", "valueCode": name}, {"name": "value", kind: value}]
        parameter.append({"name": "property", "part": part})
    return media.answer(call, {"resourceType": "Parameters", "parameter": parameter})


def subsumption(call: Call, id_: str = "") -> Reply:
    """Whether code A stands above code B, under it, or neither."""
    asked = _Asked(call, _SUBSUMPTION)
    sides = [asked.side(name) for name in ("A", "B")]
    told = {system for system, _ in sides if system}
    if len(told) > 1:
        text = "Les deux codes à comparer sont de deux systèmes."
        raise Refused(Issue("value", "", text, _CODE_SYSTEMS))
    system = told.pop() if told else _url(asked, id_, "CodeSystem", "system", _CODE_SYSTEMS)
    held = code_system(system)
    known = held is not None and _is_of_version(held.version, asked.text("version") or system.partition("|")[2])
    outcome = subsumes(system, sides[0][1], sides[1][1]) if known else None
    if outcome is None:
        raise Refused(Issue("not-found", "", "L’un de ces codes n’est pas tenu ici.", _CODE_SYSTEMS))
    parameter = [{"name": "outcome", "valueCode": outcome}]
    return media.answer(call, {"resourceType": "Parameters", "parameter": parameter})


def _value_set(asked: "_Asked", id_: str) -> ValueSet:
    url = _url(asked, id_, "ValueSet", "url", _VALUE_SETS)
    found = value_set(url)
    if found is None or not _is_of_version(found.version, asked.text("valueSetVersion") or url.partition("|")[2]):
        text = "Cet ensemble de valeurs n’est pas tenu ici, ou pas dans cette version."
        raise Refused(Issue("not-found", "", text, _VALUE_SETS))
    return found


def _is_of_version(held: str, wanted: str) -> bool:
    """One version is held of each definition: the one that whoever names none gets."""
    return not wanted or wanted == held


def _url(asked: "_Asked", id_: str, type_: str, name: str, reference: str) -> str:
    url = asked.text(name) or (f"{CANONICAL}/{type_}/{id_}" if id_ else "")
    if not url:
        raise Refused(Issue("required", "", f"Le paramètre {name} est obligatoire.", reference))
    return url


def _concept(system: str, code: str) -> Any:
    held = code_system(system)
    return held.concepts.get(code) if held else None


def _contains(system: str, code: str, display: str) -> Resource:
    return {"system": system, "code": code} | ({"display": display} if display else {})


def _verdict(call: Call, found: _Coding | None, display: str, otherwise: str, url: str = "") -> Reply:
    """``result``, and why not; words that differ from those known make the code wrong (``display``)."""
    words = display_of(found[0], found[1], url) if found else ""
    told = display or (found[2] if found else "")
    wrong = bool(found and words and told and told.casefold() != words.casefold())
    parameter: list[Resource] = [{"name": "result", "valueBoolean": found is not None and not wrong}]
    if found is None or wrong:
        text = "Ce libellé n’est pas celui du code." if wrong else otherwise
        parameter.append({"name": "message", "valueString": text})
    if words:
        parameter.append({"name": "display", "valueString": words})
    return media.answer(call, {"resourceType": "Parameters", "parameter": parameter})


class _Asked:
    """The parameters of an operation, from the address or from a Parameters in the body."""

    def __init__(self, call: Call, taken: frozenset[str]) -> None:
        self._simple = dict(reversed(call.pairs))
        self._codings: list[_Coding] = []
        #: What is compared with what, by name.
        self._sides: dict[str, _Coding] = {}
        self._read_body(call)
        refuse_others(call, self._named - _WITHOUT_EFFECT, taken)

    def _read_body(self, call: Call) -> None:
        self._named = set(self._simple)
        if call.method == "POST" and call.body:
            parameters = media.received(call)
            issues = check(parameters, "Parameters")
            if not issues and parameters["resourceType"] != "Parameters":
                text = "L’opération reçoit une ressource Parameters."
                issues = [Issue("value", "resourceType", text, "OperationDefinition")]
            if issues:
                raise Refused(issues)
            for parameter in parameters.get("parameter", ()):
                self._take(parameter)

    def _take(self, parameter: Resource) -> None:
        self._named.add(parameter["name"])
        value = next((value for key, value in parameter.items() if key.startswith("value")), None)
        if isinstance(value, dict):
            told = value.get("coding", [value])
            codings = [(c.get("system", ""), c.get("code", ""), c.get("display", "")) for c in told]
            self._codings += codings
            self._sides[parameter["name"]] = codings[0]
        elif value is not None:
            self._simple[parameter["name"]] = str(value)

    def text(self, name: str) -> str:
        return self._simple.get(name, "")

    def side(self, name: str) -> tuple[str, str]:
        """System, empty when it is not told, and code of one side of a comparison."""
        system, code, _ = self._sides.get(f"coding{name}", (self.text("system"), self.text(f"code{name}"), ""))
        return system, code

    def number(self, name: str, default: int) -> int:
        text = self.text(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise Refused(Issue("value", "", f"Le paramètre {name} est un nombre entier positif ou nul.", _VALUE_SETS))
        return int(text)

    def codings(self, reference: str) -> list[_Coding]:
        """Those of ``coding`` and ``codeableConcept``, and the one that ``system`` and ``code`` make."""
        found = list(self._codings)
        if code := self.text("code"):
            found.append((self.text("system"), code, ""))
        if not found:
            text = "Le code manque : paramètre code, coding ou codeableConcept."
            raise Refused(Issue("required", "", text, reference))
        return found
