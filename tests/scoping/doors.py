"""What each address that answers a reading is told to be; one that is not told here fails the test that walks them."""

from collections.abc import Iterator
from typing import Final

from flask import Flask

from mappings.fhir.search import PARAMETERS
from service.api.operations import OPERATIONS
from service.api.routes import INTERACTIONS

#: Of nobody: definitions, what the program says of itself, what is computed from the request alone.
PUBLIC: Final = frozenset(
    """
    GET /records/protocols | GET /records/openapi.json | GET /records/protocols/<logical_id:protocol>/sheet
    GET /healthz | GET /readyz | GET /metrics
    GET /static/<path:filename> | GET /connexion
    GET /protocoles | GET /protocoles/<logical_id:id_> | GET /protocoles/<logical_id:id_>/fiche.pdf
    GET fhir metadata | POST fhir $convert | POST fhir Bundle/$validate | POST fhir type/$validate
    GET fhir ValueSet/$expand | GET fhir ValueSet/id/$expand
    GET fhir ValueSet/$validate-code | GET fhir ValueSet/id/$validate-code
    GET fhir CodeSystem/$lookup | GET fhir CodeSystem/$subsumes | GET fhir CodeSystem/id/$subsumes
    GET fhir CodeSystem/$validate-code | GET fhir CodeSystem/id/$validate-code
    """.replace("\n", "|").split("|")
)
#: What tells of patients or of structures: each is asked by a structure for what is another's.
SCOPED: Final = frozenset(
    """
    GET /records/declarations | GET /records/teams | GET /records/replies
    GET /records/acts/<act> | GET /records/acts/<logical_id:act>/visibility
    GET /records/enrolments/<logical_id:id_>/trainings/<int:number>/attestation
    GET /records/patients/<logical_id:patient>/documents
    GET /records/patients/<logical_id:patient>/documents/<unique_id>
    GET /records/patients/<logical_id:patient>/documents/<unique_id>/file
    GET fhir | POST fhir _search | GET fhir _history
    GET fhir type | POST fhir type/_search | GET fhir type/_history
    GET fhir type/id | GET fhir type/id/_history | GET fhir type/id/_history/version
    POST fhir type/id/_search | GET fhir type/id/type | POST fhir type/id/type/_search
    POST fhir Task/id/$acknowledge | GET fhir Procedure/id/$trace | GET fhir Provenance/$verify-chain
    GET fhir PlanDefinition/$apply | GET fhir PlanDefinition/id/$apply
    GET fhir Patient/id/$everything | GET fhir CareTeam/id/$everything
    GET fhir Subscription/$status | GET fhir Subscription/id/$status | GET fhir Subscription/id/$events
    GET fhir export/id | GET fhir export-file/id
    GET fhir $meta | GET fhir type/$meta | GET fhir type/id/$meta | GET fhir type/id/_history/version/$meta
    GET fhir type/id/$validate
    """.replace("\n", "|").split("|")
)
#: A page of the console: a token of one structure is nobody there.
PAGES: Final = frozenset(
    """
    GET / | GET /actes/<logical_id:id_> | GET /actes/<logical_id:id_>/visibilite | GET /equipe | GET /messages | GET /envois | GET /equipe/membres
    GET /equipe/membres/<logical_id:id_>/formations/<int:number>.pdf | GET /protocoles/<logical_id:id_>/vie
    GET /patients/<logical_id:id_>/documents | GET /patients/<logical_id:id_>/documents/<unique_id>
    GET /patients/<logical_id:id_>/documents/<unique_id>/fichier
    """.replace("\n", "|").split("|")
)
#: Refused to whoever calls for one structure, or to everybody.
REFUSED: Final = frozenset(
    """
    GET fhir $export | GET fhir Patient/$export | GET fhir Group/id/$export
    POST fhir type/id/$meta-add | POST fhir type/id/$meta-delete
    """.replace("\n", "|").split("|")
)
#: What a client writes is asked by ``test_writing``.
_WRITES: Final = frozenset({"", "type"})


def told(doors: frozenset[str]) -> set[str]:
    return {one.strip() for one in doors if one.strip()}


def fhir_doors() -> Iterator[str]:
    """Every address of the FHIR face that is read by GET, or by POST and writes nothing; GET stands for both."""
    for shape, methods in INTERACTIONS.items():
        if "GET" in methods:
            yield f"GET fhir {shape}".strip()
        elif shape.endswith("_search"):
            yield f"POST fhir {shape}"
        else:
            assert shape in _WRITES, shape
    for (type_, shape), methods in OPERATIONS.items():
        common = type_ in PARAMETERS and all((each, shape) in OPERATIONS for each in PARAMETERS)
        name = "/".join(filter(None, ("type" if common else type_, shape)))
        yield f"{'GET' if 'GET' in methods else 'POST'} fhir {name}"


def flat_doors(app: Flask) -> Iterator[str]:
    """Every address that Flask serves by GET."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            yield f"GET {rule.rule}"
