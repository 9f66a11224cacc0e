"""The attestation of one training: who was trained, by whom, for how long, and who signed when.

It says what is on record and what is not: nothing is filled in that nobody told. The signatures are told by the
structure; the document bears none itself.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from mappings.domain.cooperation import Training
from mappings.domain.logic import Truth
from mappings.domain.people import Organization, Practitioner
from mappings.domain.protocol import TO_VALIDATE, Protocol, TrainingRequirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """One training of one professional, as one version of their enrolment tells it."""

    trainee: Practitioner
    #: None when it was not told who trained, or when nothing is known of them but a number.
    trainer: Practitioner | None
    #: RPPS of the trainer; empty when it was not told.
    trainer_rpps: str
    organization: Organization
    training: Training
    #: Canonical with version.
    canonical: str
    #: None when the protocol is not in the catalogue.
    protocol: Protocol | None
    #: ``PractitionerRole/x/_history/n``: what it was drawn from, and when that was recorded.
    source: str
    recorded: dt.datetime

    @property
    def required(self) -> TrainingRequirement | None:
        """What the protocol asks for; None when it is not a training that it asks for, or when that is not known."""
        asked = self.protocol.trainings if self.protocol else ()
        return next((one for one in asked if one.module == self.training.module), None)

    @property
    def long_enough(self) -> Truth:
        """As many hours as the protocol asks for; a doubtful requirement decides nothing."""
        required = self.required
        if required is None or required.hours is None or required.certainty in TO_VALIDATE:
            return Truth.UNKNOWN
        return enough(self.training.hours, required.hours)

    @property
    def signed(self) -> bool:
        """Both have signed, each on a day that is known."""
        return self.training.trainee_signed is not None and self.training.trainer_signed is not None


def enough(hours: Decimal | None, required: int) -> Truth:
    if hours is None:
        return Truth.UNKNOWN
    return Truth.YES if hours >= required else Truth.NO
