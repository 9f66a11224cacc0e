"""A protocole de coopération as data: who, where, for whom, by which exam, for which acts, since when.

Contents after the essential requirements of a protocol (Code de la santé publique, L4011-1 ff.). Every
fact bears its source and its certainty; what is not known is a gap, never a guess.
"""

from mappings.domain.evidence import MAY_DECIDE, TO_VALIDATE, Certainty, Fact, LegalReference
from mappings.domain.kinds import ActivityKind
from mappings.domain.protocol.carriers import Profession, Structure, TrainingRequirement
from mappings.domain.protocol.criterion import Criterion, CriterionKind
from mappings.domain.protocol.definition import (
    STEPS,
    AnnexCheck,
    Completeness,
    Obstacle,
    Override,
    Protocol,
    Regime,
    Section,
)
from mappings.domain.protocol.form import ExamSection, FormItem, ItemCode, ItemType, Option
from mappings.domain.protocol.tree import (
    Activity,
    Branch,
    DocumentChoice,
    Outcome,
    Recourse,
    RecourseKind,
    TreeStep,
)

__all__ = [
    "MAY_DECIDE",
    "STEPS",
    "TO_VALIDATE",
    "Activity",
    "ActivityKind",
    "AnnexCheck",
    "Branch",
    "Certainty",
    "Completeness",
    "Criterion",
    "CriterionKind",
    "DocumentChoice",
    "ExamSection",
    "Fact",
    "FormItem",
    "ItemCode",
    "ItemType",
    "LegalReference",
    "Obstacle",
    "Option",
    "Outcome",
    "Override",
    "Profession",
    "Protocol",
    "Recourse",
    "RecourseKind",
    "Regime",
    "Section",
    "Structure",
    "TrainingRequirement",
    "TreeStep",
]
