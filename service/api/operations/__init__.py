"""Operations (R4 4.0.1, https://hl7.org/fhir/R4/operations.html): one module a family, one line an address."""

from collections.abc import Callable, Mapping
from typing import Final

from service.api.exchange import Reply
from service.api.operations import acts

#: Called with what the address names beside the type.
Handler = Callable[..., Reply]

#: By type (empty for the whole server) and what follows it in the address.
OPERATIONS: Final[Mapping[tuple[str, str], Mapping[str, Handler]]] = {
    ("Task", "id/$acknowledge"): {"POST": acts.acknowledge_task},
    ("Procedure", "id/$trace"): {"GET": acts.trace},
    ("Provenance", "$verify-chain"): {"GET": acts.verify_chain},
}
