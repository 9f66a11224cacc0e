"""``$validate`` (R4 4.0.1, https://hl7.org/fhir/R4/resource-operation-validate.html).

Whatever is found is told in an OperationOutcome, with status 200: only a request that could not be carried out gets
another one. Nothing is stored. What the rules of a protocol say of an act is judged when the act is sent, not here.
"""

from typing import Any, Final, NamedTuple

from mappings.fhir.json import parse
from mappings.fhir.operation_outcome import operation_outcome
from mappings.fhir.validation import validated
from mappings.issues import Issue, Refused
from service.api import media
from service.api.exchange import Call, Reply
from service.api.parameters import refuse_others, refuse_others_in_address
from service.api.reading import known
from service.intake.admission import OPEN_TYPES, SENDABLE, UNDELETABLE, UPDATABLE

_REFERENCE: Final = "FHIR R4, resource-operation-validate.html"
_TAKEN: Final = frozenset({"resource", "mode", "profile"})
_MODES: Final = ("create", "update", "delete", "profile")
#: Most profiles asked for at once.
_MOST: Final = 20
_VALID: Final = Issue("informational", "", "La ressource est valide : aucune faute n’a été trouvée.", "", "information")


class _Asked(NamedTuple):
    """What is to be validated, how, and against which profiles; no resource for one that stands in the store."""

    resource: dict[str, Any] | None
    mode: str
    profiles: tuple[str, ...]


def of_type(call: Call, *, type_: str) -> Reply:
    """A resource in the body, alone or as the ``resource`` of a Parameters."""
    return _answer(call, type_, "")


def of_resource(call: Call, id_: str, *, type_: str) -> Reply:
    """The same, of the resource on record: the one in the body would take its place; without one, it is what is judged."""
    return _answer(call, type_, id_)


def _answer(call: Call, type_: str, id_: str) -> Reply:
    try:
        asked = _asked(call)
    except Refused as refused:
        if any(issue.code != "structure" for issue in refused.issues):
            raise
        # a body that is not FHIR at all is the first thing that a validator tells
        return media.answer(call, operation_outcome(refused.issues))
    stored = _stored(call, type_, id_) if id_ else None
    resource = asked.resource if asked.resource is not None else stored
    issues = list(_of_mode(asked.mode, type_, id_, asked))
    if resource is not None and asked.mode != "delete":
        issues += _of_address(resource, type_, id_, asked.mode)
        issues += validated(resource, asked.profiles)
    elif resource is None:
        text = "Aucune ressource à valider : elle est le corps de la requête, ou le paramètre « resource »."
        issues.append(Issue("required", "", text, _REFERENCE))
    if not any(issue.severity == "error" for issue in issues):
        issues.insert(0, _VALID)
    return media.answer(call, operation_outcome(issues))


def _stored(call: Call, type_: str, id_: str) -> dict[str, Any]:
    version = call.composition.store.read(known(type_), id_)
    if version is None or not version.body:
        raise Refused(Issue("not-found", "", "Cette ressource n’existe pas sur ce serveur."))
    return parse(version.body)


# ── what is asked ──────────────────────────────────────────────────────────────────────────────────────────


def _asked(call: Call) -> _Asked:
    refuse_others_in_address(call, _TAKEN - {"resource"})
    profiles = [value for name, value in call.pairs if name == "profile"]
    mode = call.parameter("mode")
    resource: dict[str, Any] | None = None
    if call.method == "POST" and call.body:
        resource = media.received(call)
        if resource.get("resourceType") == "Parameters":
            parameters = _parameters(resource)
            refuse_others(call, (name for p in parameters if isinstance(name := p.get("name"), str)), _TAKEN)
            resource = next((p["resource"] for p in parameters if isinstance(p.get("resource"), dict)), None)
            mode = next((_text(p) for p in parameters if p.get("name") == "mode"), mode)
            profiles += [_text(p) for p in parameters if p.get("name") == "profile"]
    if len(profiles) > _MOST:
        raise Refused(Issue("too-costly", "", f"Plus de {_MOST} profils sont demandés à la fois.", _REFERENCE))
    return _Asked(resource, mode, tuple(profiles))


def _parameters(resource: dict[str, Any]) -> list[dict[str, Any]]:
    parameters = resource.get("parameter", [])
    if not isinstance(parameters, list) or not all(isinstance(each, dict) for each in parameters):
        text = "La liste des paramètres n’a pas la forme attendue."
        raise Refused(Issue("structure", "Parameters.parameter", text, _REFERENCE))
    return parameters


def _text(parameter: dict[str, Any]) -> str:
    return next((value for key, value in parameter.items() if key.startswith("value") and isinstance(value, str)), "")


# ── what the server would say besides ──────────────────────────────────────────────────────────────────────


def _of_mode(mode: str, type_: str, id_: str, asked: _Asked) -> list[Issue]:
    if mode and mode not in _MODES:
        text = f"Le mode demandé n’est pas l’un de ceux-ci : {', '.join(_MODES)}."
        return [Issue("code-invalid", "", text, _REFERENCE)]
    if mode == "profile" and not asked.profiles:
        return [Issue("required", "", "Le mode profile demande au moins un profil.", _REFERENCE)]
    if mode == "create" and type_ not in OPEN_TYPES:
        return [Issue("not-supported", "", "Ce serveur ne reçoit pas de ressource de ce type.", _REFERENCE)]
    if mode == "update" and type_ not in SENDABLE:
        return [Issue("not-supported", "", "Une ressource de ce type ne se met pas à jour ici.", _REFERENCE)]
    if mode == "delete" and not id_:
        text = "Le mode delete s’emploie à l’adresse d’une ressource (Type/id/$validate)."
        return [Issue("required", "", text, _REFERENCE)]
    if mode == "delete" and type_ not in UPDATABLE:
        return [Issue("not-supported", "", UNDELETABLE, _REFERENCE)]
    return []


def _of_address(resource: dict[str, Any], type_: str, id_: str, mode: str) -> list[Issue]:
    if resource.get("resourceType") != type_:
        text = "La ressource envoyée n’est pas du type de l’adresse."
        return [Issue("invariant", "resourceType", text, _REFERENCE)]
    if id_ and resource.get("id") != id_ or mode == "update" and "id" not in resource:
        text = "Une mise à jour porte l’identifiant de l’adresse."
        return [Issue("invariant", f"{type_}.id", text, "FHIR R4, http.html#update")]
    return []
