Profile: BinomeProvenance
Parent: Provenance
Id: binome-provenance
Title: "Preuve"
Description: "Qui a fait quoi, pour qui, au nom de qui et selon quel texte, scellé dans la chaîne de la structure."
* insert Published
* policy 1..*
* policy ^short = "Protocole|version, puis texte légal"
* activity 1..1
* agent ^slicing.discriminator.type = #pattern
* agent ^slicing.discriminator.path = "role"
* agent ^slicing.rules = #open
* agent contains delegatee 0..1 and delegator 0..1
* agent[delegatee].role 1..1
* agent[delegatee].role = $role-code#DELEGATEE
* agent[delegatee].type 1..1
* agent[delegatee].who only Reference(PractitionerRole)
* agent[delegatee].onBehalfOf 1..1
* agent[delegatee].onBehalfOf only Reference(PractitionerRole)
* agent[delegator].role 1..1
* agent[delegator].role = $role-code#DELEGATOR
* agent[delegator].type 1..1
* agent[delegator].who only Reference(PractitionerRole)
* agent[delegator].onBehalfOf 0..0
* extension contains BinomeChain named chain 1..1 and BinomeExecution named execution 0..1
* insert ExtensionUrl(chain)
* insert ExtensionUrl(execution)
* obeys binome-prov-1
* obeys binome-prov-2
