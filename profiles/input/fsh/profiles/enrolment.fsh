Profile: BinomeEnrolment
Parent: PractitionerRole
Id: binome-enrolment
Title: "Adhésion à un protocole"
Description: "Une personne, une version de protocole, une structure, une fonction : délégant ou délégué."
* insert Published
* identifier 1..*
* active 1..1
* period 1..1
* period.start 1..1
* practitioner 1..1
* practitioner.identifier 1..1
* practitioner.identifier ^short = "RPPS"
* practitioner.identifier.system 1..1
* practitioner.identifier.value 1..1
* organization 1..1
* code 1..1
* code from BinomeDelegationRoleVS (required)
* extension contains
    BinomeProtocol named protocol 1..1 and
    BinomeEnrolmentStatusExtension named enrolmentStatus 1..1 and
    BinomeTraining named training 0..* and
    BinomePracticeSituation named practiceSituation 0..1 and
    BinomeDelegator named delegator 0..* and
    BinomeSubstitute named substitute 0..* and
    BinomeEngagement named engagement 0..1 and
    BinomeOnHolidays named onHolidays 0..1
* insert ExtensionUrl(protocol)
* insert ExtensionUrl(enrolmentStatus)
* insert ExtensionUrl(training)
* insert ExtensionUrl(practiceSituation)
* insert ExtensionUrl(delegator)
* insert ExtensionUrl(substitute)
* insert ExtensionUrl(engagement)
* insert ExtensionUrl(onHolidays)
* extension[delegator] ^short = "Délégants pour lesquels ce délégué peut agir ; absent : tous ceux de l'équipe"
* obeys binome-enr-1
* obeys binome-enr-2
* obeys binome-enr-3
* extension[substitute] ^short = "Remplaçants pendant les absences, dans l'ordre où on s'adresse à eux"
* notAvailable ^short = "Absences ; sans during, on ne sait pas quand"
* availableTime ^short = "Heures où la personne se joint (heure de France) ; absent : non connues"
* telecom ^short = "Canaux : téléphone (phone), visioconférence (url), messagerie MSSanté (email)"
* obeys binome-enr-4
* obeys binome-enr-5
