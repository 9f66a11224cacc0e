// Two different things: to be cared for under a protocol, and to let the report travel.

RuleSet: ConsentCategory(code)
* category ^slicing.discriminator.type = #pattern
* category ^slicing.discriminator.path = "$this"
* category ^slicing.rules = #open
* category contains attestation 1..1 and nature 1..1
* category[attestation] = $loinc#59284-0
* category[attestation] ^short = "Attestation de consentement"
* category[nature] = BinomeConsent#{code}

Profile: BinomeCareConsent
Parent: Consent
Id: binome-care-consent
Title: "Consentement aux soins délégués"
Description: "Le patient, informé, accepte ou refuse d'être pris en charge sous un protocole. Un refus se conserve comme un accord."
* insert Published
* scope = $consent-scope#treatment
* insert ConsentCategory(delegated-care)
* patient 1..1
* dateTime 1..1
* performer 1..*
* organization 1..1
* policy 1..*
* policy.uri 1..1
* policy.uri ^short = "Protocole, sans version"
* provision 1..1
* provision.type 1..1
* extension contains BinomeInformation named information 0..1
* insert ExtensionUrl(information)
* verification ^short = "Information donnée : verified, à qui, quand"
* obeys binome-cons-1
* obeys binome-cons-2

Profile: BinomeSharingConsent
Parent: Consent
Id: binome-sharing-consent
Title: "Choix de partage du compte rendu"
Description: "Le compte rendu peut partir, sauf vers les destinations que le patient refuse : chacune est une disposition imbriquée de type deny. Refusé en entier (rejected, deny), il ne part nulle part."
* insert Published
* scope = $consent-scope#patient-privacy
* insert ConsentCategory(sharing)
* patient 1..1
* dateTime 1..1
* performer 1..*
* organization 1..1
* policy 1..*
* policy.uri 1..1
* provision 1..1
* provision.type 1..1
* provision.type ^short = "permit, que des oppositions restreignent ; deny (rejected) : tout partage est refusé"
* obeys binome-cons-1
* obeys binome-cons-3
* provision.provision ^short = "Destinations refusées"
* provision.provision.type 1..1
* provision.provision.type = #deny
* provision.provision.code 1..*
* provision.provision.code from BinomeDestinationVS (required)
* provision.provision.provision 0..0
