"""What the nightly command does for the mails: it brings the list of the trust space up to date."""

from collections.abc import Callable
from typing import Final

from service.clients.mssante.composing import membership
from service.clients.mssante.trust_space import Fault
from service.clock import system_clock
from service.config import Settings

_FAULTS: Final = {
    Fault.UNREADABLE: "la réponse ne se comprend pas",
    Fault.FORGED: "la signature n’est pas celle attendue",
    Fault.OLDER: "elle est plus ancienne que celle qui est en place",
    Fault.STALE: "elle est périmée, ou datée du futur",
    Fault.UNREACHABLE: "le service n’a pas répondu",
}


def renew_list(settings: Settings, tell: Callable[[str], None]) -> int:
    """0 when the list is up to date, or none is asked for; 1 when it could not be renewed."""
    listed = membership(settings, system_clock)
    if listed is None:
        return 0
    kept = listed.keep()
    if isinstance(kept, Fault):
        tell(f"Liste des domaines MSSanté non reprise : {_FAULTS[kept]}. Celle d’avant reste en place.")
        return 1
    made = f"{kept.made_at:%d/%m/%Y}"
    tell(f"Liste des domaines MSSanté du {made} : {len(kept.domains)} domaines.")
    return 0
