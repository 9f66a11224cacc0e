"""One telling of the story: what is on record as it sees it, when it is, who asks; handed from chapter to chapter."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from mappings.domain.protocol import Protocol
from service.clock import Identifiers
from service.intake.acts import Acceptance
from service.intake.asked import Asked
from service.intake.knowledge import Knowledge
from service.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Made anew when what a decision rested on has changed under it."""

    store: Store
    catalogue: Mapping[str, Protocol]
    acceptance: Acceptance
    knowledge: Knowledge
    now: dt.datetime
    asked: Asked

    @property
    def ids(self) -> Identifiers:
        return self.acceptance.ids
