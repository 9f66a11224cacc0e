"""What can be searched: ``PARAMETERS``, one row of text a type.

A row holds ``name:kind:path`` for each search parameter and path. A path is steps of element names; ``telecom[system=phone]``
keeps the elements that say so, ``telecom[system!=phone]`` the others, ``deceased?`` tells whether there is one; codes of a
path that ends with ``!`` are entered ``once``. ``=code,component-code`` is what any of these parameters finds. What only
such a union finds bears its name after a point, which nobody can ask for. A composite is ``first=kind&second=kind``, after
``root>`` where both stand in the same element.

FHIR R4 4.0.1, https://hl7.org/fhir/R4/searchparameter-registry.html; our own are published under ``profiles/``.
"""

from collections.abc import Mapping
from typing import Final

from mappings.codes import systems
from mappings.fhir.search.parameter import Parameter, parameters

_DELEGATOR = Parameter("delegator", "reference", ("valueReference",), systems.EXT_DELEGATOR)
_PROTOCOL = Parameter("protocol", "uri", ("valueCanonical",), systems.EXT_PROTOCOL)
#: Of a type that has no ``instantiatesCanonical``.
_INSTANTIATES = Parameter("instantiates-canonical", "reference", ("valueCanonical",), systems.EXT_INSTANTIATES)
_INSTANTIATED = Parameter("protocol", "uri", ("valueCanonical",), systems.EXT_INSTANTIATES)
_DEROGATORY = Parameter("derogatory", "token", ("valueBoolean",), systems.EXT_DEROGATORY)
_ENROLMENT_STATUS = Parameter("enrolment-status", "token", ("valueCode",), systems.EXT_ENROLMENT_STATUS)
_RECOURSE = Parameter("recourse", "token", ("valueCode",), systems.EXT_RECOURSE)
_EVENT_STATUS = Parameter("ae-status", "token", ("valueCode",), systems.EXT_EVENT_STATUS)
_CHAIN_SEQUENCE = Parameter(
    "chain-sequence", "number", ("extension[url=sequence]", "valuePositiveInt"), systems.EXT_CHAIN
)

_SUBJECT = "identifier:token:identifier subject:reference:subject patient:reference:subject status:token:status"
_TELECOM = """
    telecom:token:=phone,email,.telecom .telecom:token:telecom[system!=phone,email]
    phone:token:telecom[system=phone].value email:token:telecom[system=email].value
"""
_ADDRESS = """
    address:string:=address-city,address-country,address-postalcode,address-state,.address
    .address:string:address.text .address:string:address.line .address:string:address.district
    address-city:string:address.city address-country:string:address.country
    address-postalcode:string:address.postalCode address-state:string:address.state address-use:token:address.use
"""
_PERSON = f"""
    identifier:token:identifier active:token:active family:string:name.family given:string:name.given
    name:string:=family,given,.name .name:string:name.text .name:string:name.prefix .name:string:name.suffix
    gender:token:gender {_TELECOM} {_ADDRESS}
"""
_CANONICAL = "instantiates-canonical:reference:instantiatesCanonical instantiates-uri:uri:instantiatesUri"
_PUBLISHED = """
    url:uri:url version:token:version identifier:token:identifier status:token:status name:string:name
    title:string:title description:string:description publisher:string:publisher date:date:date
    effective:date:effectivePeriod jurisdiction:token:jurisdiction context:token:useContext.valueCodeableConcept
    context-type:token:useContext.code context-quantity:quantity:useContext.valueQuantity
    context-type-value:composite:useContext>code=token&valueCodeableConcept=token
    context-type-quantity:composite:useContext>code=token&valueQuantity=quantity
"""
_PLANNED = f"""
    {_PUBLISHED} topic:token:topic
    composed-of:reference:relatedArtifact[type=composed-of].resource
    depends-on:reference:relatedArtifact[type=depends-on].resource depends-on:reference:library
    derived-from:reference:relatedArtifact[type=derived-from].resource
    predecessor:reference:relatedArtifact[type=predecessor].resource
    successor:reference:relatedArtifact[type=successor].resource
"""

#: Those that every type has (https://hl7.org/fhir/R4/search.html#all), beside ``_id`` and ``_lastUpdated``.
COMMON: Final = parameters(
    "_tag:token:meta.tag! _profile:uri:meta.profile _security:token:meta.security! _source:uri:meta.source"
)

PARAMETERS: Final[Mapping[str, tuple[Parameter, ...]]] = {
    "Patient": parameters(f"""
        {_PERSON} birthdate:date:birthDate death-date:date:deceasedDateTime deceased:token:deceased?
        general-practitioner:reference:generalPractitioner language:token:communication.language
        link:reference:link.other organization:reference:managingOrganization
    """),
    "Practitioner": parameters(f"{_PERSON} communication:token:communication"),
    "Organization": parameters(f"""
        identifier:token:identifier active:token:active name:string:name name:string:alias type:token:type
        partof:reference:partOf endpoint:reference:endpoint {_ADDRESS}
    """),
    "PractitionerRole": (
        *parameters(f"""
            identifier:token:identifier practitioner:reference:practitioner organization:reference:organization
            role:token:code active:token:active date:date:period specialty:token:specialty
            location:reference:location service:reference:healthcareService endpoint:reference:endpoint {_TELECOM}
        """),
        _PROTOCOL,
        _ENROLMENT_STATUS,
        _DELEGATOR,
    ),
    "CareTeam": (
        *parameters(f"""
            {_SUBJECT} managing-organization:reference:managingOrganization participant:reference:participant.member
            date:date:period category:token:category encounter:reference:encounter
        """),
        _PROTOCOL,
    ),
    "Consent": parameters("""
        identifier:token:identifier patient:reference:patient status:token:status scope:token:scope
        category:token:category date:date:dateTime policy-uri:uri:policy.uri action:token:provision.action
        actor:reference:provision.actor.reference consentor:reference:performer data:reference:provision.data.reference
        organization:reference:organization period:date:provision.period purpose:token:provision.purpose!
        security-label:token:provision.securityLabel! source-reference:reference:sourceReference
    """),
    "CarePlan": (
        *parameters(f"""
            {_SUBJECT} {_CANONICAL} protocol:uri:instantiatesCanonical date:date:period care-team:reference:careTeam
            activity-code:token:activity.detail.code activity-date:date:activity.detail.scheduledPeriod
            activity-date:date:activity.detail.scheduledTiming.event activity-reference:reference:activity.reference
            based-on:reference:basedOn category:token:category condition:reference:addresses
            encounter:reference:encounter goal:reference:goal intent:token:intent part-of:reference:partOf
            performer:reference:activity.detail.performer replaces:reference:replaces
        """),
        _DELEGATOR,
    ),
    "QuestionnaireResponse": parameters(f"""
        {_SUBJECT} questionnaire:reference:questionnaire authored:date:authored based-on:reference:basedOn
        part-of:reference:partOf author:reference:author encounter:reference:encounter source:reference:source
    """),
    "Observation": parameters(f"""
        {_SUBJECT} code:token:code date:date:effectiveDateTime date:date:effectivePeriod date:date:effectiveInstant
        based-on:reference:basedOn part-of:reference:partOf category:token:category method:token:method
        data-absent-reason:token:dataAbsentReason derived-from:reference:derivedFrom device:reference:device
        encounter:reference:encounter focus:reference:focus has-member:reference:hasMember
        performer:reference:performer specimen:reference:specimen
        value-concept:token:valueCodeableConcept value-date:date:valueDateTime value-date:date:valuePeriod
        value-quantity:quantity:valueQuantity value-string:string:valueString
        value-string:string:valueCodeableConcept.text
        component-code:token:component.code component-data-absent-reason:token:component.dataAbsentReason
        component-value-concept:token:component.valueCodeableConcept
        component-value-quantity:quantity:component.valueQuantity
        combo-code:token:=code,component-code
        combo-data-absent-reason:token:=data-absent-reason,component-data-absent-reason
        combo-value-concept:token:=value-concept,component-value-concept
        combo-value-quantity:quantity:=value-quantity,component-value-quantity
        code-value-concept:composite:code=token&valueCodeableConcept=token
        code-value-date:composite:code=token&valueDateTime=date code-value-date:composite:code=token&valuePeriod=date
        code-value-quantity:composite:code=token&valueQuantity=quantity
        code-value-string:composite:code=token&valueString=string
        component-code-value-concept:composite:component>code=token&valueCodeableConcept=token
        component-code-value-quantity:composite:component>code=token&valueQuantity=quantity
        combo-code-value-concept:composite:=code-value-concept,component-code-value-concept
        combo-code-value-quantity:composite:=code-value-quantity,component-code-value-quantity
    """),
    "Procedure": (
        *parameters(f"""
            {_SUBJECT} code:token:code date:date:performedDateTime date:date:performedPeriod
            performer:reference:performer.actor based-on:reference:basedOn {_CANONICAL}
            protocol:uri:instantiatesCanonical category:token:category encounter:reference:encounter
            location:reference:location part-of:reference:partOf reason-code:token:reasonCode
            reason-reference:reference:reasonReference
        """),
        _DELEGATOR,
        _DEROGATORY,
        _RECOURSE,
    ),
    "MedicationRequest": (
        *parameters(f"""
            {_SUBJECT} based-on:reference:basedOn requester:reference:requester
            instantiates-canonical:reference:instantiatesCanonical protocol:uri:instantiatesCanonical
            supporting-info:reference:supportingInformation authoredon:date:authoredOn category:token:category
            code:token:medicationCodeableConcept date:date:dosageInstruction.timing.event encounter:reference:encounter
            intended-dispenser:reference:dispenseRequest.performer intended-performer:reference:performer
            intended-performertype:token:performerType intent:token:intent medication:reference:medicationReference
            priority:token:priority
        """),
        _DELEGATOR,
        _DEROGATORY,
    ),
    "ServiceRequest": (
        *parameters(f"""
            {_SUBJECT} based-on:reference:basedOn requester:reference:requester {_CANONICAL}
            protocol:uri:instantiatesCanonical supporting-info:reference:supportingInfo authored:date:authoredOn
            body-site:token:bodySite category:token:category code:token:code encounter:reference:encounter
            intent:token:intent occurrence:date:occurrenceDateTime occurrence:date:occurrencePeriod
            occurrence:date:occurrenceTiming.event performer:reference:performer performer-type:token:performerType
            priority:token:priority replaces:reference:replaces requisition:token:requisition
            specimen:reference:specimen
        """),
        _DELEGATOR,
        _DEROGATORY,
    ),
    "MedicationDispense": (
        *parameters(f"""
            {_SUBJECT} code:token:medicationCodeableConcept context:reference:context destination:reference:destination
            medication:reference:medicationReference part-of:reference:partOf performer:reference:performer.actor
            prescription:reference:authorizingPrescription receiver:reference:receiver
            responsibleparty:reference:substitution.responsibleParty type:token:type
            whenhandedover:date:whenHandedOver whenprepared:date:whenPrepared
        """),
        _INSTANTIATES,
        _INSTANTIATED,
        _DELEGATOR,
        _DEROGATORY,
    ),
    "AdverseEvent": (
        *parameters("""
            identifier:token:identifier actuality:token:actuality category:token:category date:date:date
            event:token:event location:reference:location recorder:reference:recorder
            resultingcondition:reference:resultingCondition seriousness:token:seriousness severity:token:severity
            study:reference:study subject:reference:subject substance:reference:suspectEntity.instance
        """),
        _PROTOCOL,
        _DELEGATOR,
        _EVENT_STATUS,
    ),
    "Task": (
        *parameters("""
        identifier:token:identifier group-identifier:token:groupIdentifier status:token:status code:token:code
        focus:reference:focus subject:reference:for patient:reference:for owner:reference:owner
        requester:reference:requester authored-on:date:authoredOn modified:date:lastModified
        based-on:reference:basedOn business-status:token:businessStatus encounter:reference:encounter
        intent:token:intent part-of:reference:partOf performer:token:performerType period:date:executionPeriod
        priority:token:priority ack-deadline:date:restriction.period
        """),
        _DELEGATOR,
    ),
    "Provenance": (
        *parameters("""
            target:reference:target patient:reference:target agent:reference:agent.who
            on-behalf-of:reference:agent.onBehalfOf recorded:date:recorded policy:uri:policy
            agent-role:token:agent.role! agent-type:token:agent.type! entity:reference:entity.what
            location:reference:location signature-type:token:signature.type! when:date:occurredDateTime
        """),
        _CHAIN_SEQUENCE,
    ),
    "AuditEvent": parameters("""
        subtype:token:subtype! entity:reference:entity.what agent:reference:agent.who date:date:recorded
        action:token:action agent-role:token:agent.role! altid:token:agent.altId entity-role:token:entity.role!
        entity-type:token:entity.type! outcome:token:outcome patient:reference:=agent,entity policy:uri:agent.policy
        site:token:source.site! source:reference:source.observer type:token:type!
    """),
    "DocumentReference": parameters("""
        identifier:token:masterIdentifier identifier:token:identifier subject:reference:subject
        patient:reference:subject status:token:status type:token:type date:date:date related:reference:context.related
        authenticator:reference:authenticator author:reference:author category:token:category
        contenttype:token:content.attachment.contentType custodian:reference:custodian description:string:description
        encounter:reference:context.encounter event:token:context.event facility:token:context.facilityType
        format:token:content.format language:token:content.attachment.language location:uri:content.attachment.url
        period:date:context.period relatesto:reference:relatesTo.target relation:token:relatesTo.code
        relationship:composite:relatesTo>code=token&target=reference security-label:token:securityLabel!
        setting:token:context.practiceSetting
    """),
    "Communication": parameters(f"""
        {_SUBJECT} sent:date:sent based-on:reference:basedOn recipient:reference:recipient about:reference:about
        {_CANONICAL} category:token:category encounter:reference:encounter medium:token:medium
        part-of:reference:partOf received:date:received sender:reference:sender
    """),
    "PlanDefinition": parameters(f"{_PLANNED} type:token:type definition:reference:action.definitionCanonical"),
    "Basic": parameters("""
        identifier:token:identifier code:token:code created:date:created author:reference:author
        subject:reference:subject patient:reference:subject
    """),
    "Questionnaire": parameters(f"""
        {_PUBLISHED} code:token:item.code definition:uri:item.definition subject-type:token:subjectType
    """),
    "ActivityDefinition": parameters(_PLANNED),
    "Subscription": parameters("""
        contact:token:contact criteria:string:criteria payload:token:channel.payload status:token:status
        type:token:channel.type url:uri:channel.endpoint
    """),
    "Device": parameters("""
        identifier:token:identifier device-name:string:deviceName.name device-name:string:type.coding.display
        device-name:string:type.text location:reference:location manufacturer:string:manufacturer
        model:string:modelNumber organization:reference:owner patient:reference:patient status:token:status
        type:token:type udi-carrier:string:udiCarrier.carrierHRF udi-di:string:udiCarrier.deviceIdentifier url:uri:url
    """),
}
