"""Where the ``fhir.resources`` models, which speak R4B 4.3.0, differ from R4 4.0.1: held to 4.0.1 here.

Taken from an element-by-element comparison with the StructureDefinitions and ValueSets of R4 4.0.1
(https://hl7.org/fhir/R4/). Keys are model names: ``PlanDefinitionAction`` is ``PlanDefinition.action``.
"""

from typing import Final

#: Resources that R4 does not have, or has with another tree (Evidence, EvidenceVariable).
FOREIGN_RESOURCES: Final = frozenset(
    """
    AdministrableProductDefinition Citation ClinicalUseDefinition Evidence EvidenceReport EvidenceVariable Ingredient
    ManufacturedItemDefinition MedicinalProductDefinition NutritionProduct PackagedProductDefinition
    RegulatedAuthorization SubscriptionStatus SubscriptionTopic SubstanceDefinition
    """.split()
)

#: Resources that R4 has and the models have not, or not as in R4: they may be referred to, and are not carried.
R4_ONLY_RESOURCES: Final = frozenset(
    """
    EffectEvidenceSynthesis Evidence EvidenceVariable MedicinalProduct MedicinalProductAuthorization
    MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction
    MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical
    MedicinalProductUndesirableEffect RiskEvidenceSynthesis SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial
    SubstanceSpecification
    """.split()
)

#: Elements that R4 does not have.
FOREIGN_ELEMENTS: Final[dict[str, frozenset[str]]] = {
    "ActivityDefinition": frozenset({"subjectCanonical"}),
    "PlanDefinition": frozenset({"subjectCanonical"}),
    "PlanDefinitionAction": frozenset({"subjectCanonical"}),
    "Extension": frozenset({"valueCodeableReference", "valueRatioRange"}),
    "ElementDefinition": frozenset(
        f"{choice}{kind}"
        for choice in ("defaultValue", "fixed", "pattern")
        for kind in ("CodeableReference", "RatioRange")
    ),
    "ElementDefinitionExample": frozenset({"valueCodeableReference", "valueRatioRange"}),
}

#: Choices that R4 opens to Meta and the models do not.
META_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "Extension": ("value",),
    "ElementDefinition": ("defaultValue", "fixed", "pattern"),
    "ElementDefinitionExample": ("value",),
}

#: Types a reference may not have in R4.
FOREIGN_TARGETS: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("ActivityDefinition", "productReference"): frozenset({"Ingredient"}),
    ("DiagnosticReport", "subject"): frozenset(
        {"Medication", "Organization", "Practitioner", "Procedure", "Substance"}
    ),
    ("GroupMember", "entity"): frozenset({"RelatedPerson"}),
    ("Observation", "subject"): frozenset({"Medication", "Organization", "Practitioner", "Procedure", "Substance"}),
}

_OBSERVATION_STATUS: Final = "registered preliminary final amended corrected cancelled entered-in-error unknown"
_ENCOUNTER_STATUS: Final = "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown"
_COMPARATOR: Final = "< <= >= >"

#: Required bindings that the models leave out or cut short (their lists end with "+").
REQUIRED_CODES: Final[dict[tuple[str, str], frozenset[str]]] = {
    place: frozenset(codes.split())
    for place, codes in {
        ("ActivityDefinition", "kind"): (
            "Appointment AppointmentResponse CarePlan Claim CommunicationRequest Contract DeviceRequest EnrollmentRequest"
            " ImmunizationRecommendation MedicationRequest NutritionOrder ServiceRequest SupplyRequest Task"
            " VisionPrescription"
        ),
        ("Age", "comparator"): _COMPARATOR,
        ("AuditEvent", "action"): "C R U D E",
        ("AuditEvent", "outcome"): "0 4 8 12",
        ("AuditEventAgentNetwork", "type"): "1 2 3 4 5",
        ("Composition", "confidentiality"): "U L M N R V",
        ("Count", "comparator"): _COMPARATOR,
        ("DeviceUdiCarrier", "entryType"): "barcode rfid manual card self-reported unknown",
        ("DeviceUseStatement", "status"): "active completed entered-in-error intended stopped on-hold",
        ("DiagnosticReport", "status"): (
            "registered partial preliminary final amended corrected appended cancelled entered-in-error unknown"
        ),
        ("Distance", "comparator"): _COMPARATOR,
        ("Duration", "comparator"): _COMPARATOR,
        ("Encounter", "status"): _ENCOUNTER_STATUS,
        ("EncounterStatusHistory", "status"): _ENCOUNTER_STATUS,
        ("Observation", "status"): _OBSERVATION_STATUS,
        ("OperationOutcomeIssue", "code"): (
            "invalid structure required value invariant security login unknown expired forbidden suppressed processing"
            " not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly"
            " business-rule conflict transient lock-error no-store exception timeout incomplete throttled informational"
        ),
        ("Quantity", "comparator"): _COMPARATOR,
        ("QuestionnaireItem", "type"): (
            "group display question boolean decimal integer date dateTime time string text url choice open-choice"
            " attachment reference quantity"
        ),
        ("RiskAssessment", "status"): _OBSERVATION_STATUS,
        ("StructureMapGroupRuleTarget", "transform"): (
            "create copy truncate escape cast append translate reference dateOp uuid pointer evaluate cc c qty id cp"
        ),
        ("SupplyRequest", "status"): "draft active suspended cancelled completed entered-in-error unknown",
        ("Task", "status"): (
            "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed"
            " entered-in-error"
        ),
        ("TimingRepeat", "when"): (
            "MORN MORN.early MORN.late NOON AFT AFT.early AFT.late EVE EVE.early EVE.late NIGHT PHS HS WAKE C CM CD CV"
            " AC ACM ACD ACV PC PCM PCD PCV"
        ),
    }.items()
}

#: Lists of codes in the models that R4 does not bind as required, or binds to a set it leaves open (mime types).
OPEN_CODES: Final = frozenset({("Expression", "language"), ("CapabilityStatement", "format")})
