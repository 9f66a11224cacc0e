// Rules said once for several profiles.

// Puts the ``url`` of an extension slice into the snapshot: validators that read a snapshot
// without fetching the extension's own definition cannot match the slice otherwise.
RuleSet: ExtensionUrl(name)
* extension[{name}].url 1..1
* extension[{name}].url ^short = "Identifie l'extension"

// Both the enrolment and the national identifier, so that ``:identifier`` searches need no join.
RuleSet: EnrolledPractitioner(path)
* {path} only Reference(PractitionerRole)
* {path}.reference 1..1
* {path}.identifier 1..1
* {path}.identifier.system 1..1
* {path}.identifier.value 1..1

// What an act and a prescription have in common.
RuleSet: Delegated
* identifier 1..*
* instantiatesCanonical 2..*
* instantiatesCanonical ^short = "Version du protocole (PlanDefinition|version) et acte qu'elle permet (ActivityDefinition|version)"
* basedOn 1..*
* basedOn ^short = "Inclusion du patient (CarePlan)"
* subject only Reference(Patient)
* subject.reference 1..1
* extension contains BinomeDelegator named delegator 1..1 and BinomeDerogatory named derogatory 1..1
* insert ExtensionUrl(delegator)
* insert ExtensionUrl(derogatory)
* obeys binome-canon-1
* obeys binome-based-1

// An identifier of one type: FR Core tells them apart by type, or by type and use.
RuleSet: IdentifierSlice(name, type, system)
* identifier[{name}].type 1..1
* identifier[{name}].type = {type}
* identifier[{name}].system 1..1
* identifier[{name}].system = "{system}"
* identifier[{name}].value 1..1

// What every definition says of itself.
RuleSet: Published
* ^experimental = false
* ^language = #fr-FR
* ^publisher = "Binôme"
* ^jurisdiction = $iso3166#FR

// A code system printed with all its codes.
RuleSet: CompleteCodeSystem
* insert Published
* ^caseSensitive = true
* ^content = #complete
