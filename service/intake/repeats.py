"""Asked twice, done once: the answer that was given to an earlier twin, by its Idempotency-Key or by the act it tells."""

from collections.abc import Sequence
from typing import Final

from mappings.fhir.bundle import Entry
from mappings.issues import Issue, Refused
from service.intake.asked import Answer, Asked
from service.intake.claims import identifiers, scope
from service.store import Store
from service.store.unit import RequestClaim

#: The identifier is another's, who says something else.
BORNE: Final = Issue(
    "duplicate",
    "identifier",
    "Une ressource porte déjà cet identifiant métier, avec un autre contenu.",
    "Binôme, identifiants métier",
)


def earlier_answer(entries: Sequence[Entry], asked: Asked, store: Store) -> Answer | None:
    """The answer already given to this key, or to this act."""
    keys = [(f"key:{asked.client}", asked.key)] if asked.key else []
    keys += [
        (scope("Procedure", identifier["system"]), identifier["value"])
        for entry in entries
        if entry.type == "Procedure" and entry.method == "POST"
        for identifier in identifiers(entry.resource)
    ]
    for its_scope, key in keys:
        claim = store.request(its_scope, key)
        if claim is not None:
            answer = answer_again(claim, entries, asked, same=claim.fingerprint == asked.fingerprint)
            if answer is not None:
                return answer
    return None


def answer_again(claim: RequestClaim, entries: Sequence[Entry], asked: Asked, *, same: bool) -> Answer | None:
    """The first answer again; ``None`` = look again, a conditional create has just been overtaken."""
    on_condition = [entry for entry in entries if entry.criteria is not None and claims_it(entry, claim)]
    of_an_act = any(entry.type == "Procedure" for entry in on_condition)
    if same or (of_an_act and asked.replays(claim.answer)):
        return Answer(status=200, body=claim.answer, repeated=True)
    if claim.scope.startswith("key:"):
        raise Refused(
            Issue(
                "business-rule",
                "",
                "Cette clé d’idempotence a déjà servi pour une autre demande.",
                "draft-ietf-httpapi-idempotency-key-header, section 2.2",
            )
        )
    if on_condition and not of_an_act:
        return None
    raise Refused(BORNE)


def claims_it(entry: Entry, claim: RequestClaim) -> bool:
    """Whether the entry claims this identifier, for the first time or after a deletion."""
    kind, _, scoped = claim.scope.partition(":")
    return kind != "key" and any(
        (f"{entry.type}:{one['system']}", one["value"]) == (scoped, claim.key) for one in identifiers(entry.resource)
    )
