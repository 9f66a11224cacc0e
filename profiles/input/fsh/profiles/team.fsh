Profile: BinomeTeam
Parent: CareTeam
Id: binome-team
Title: "Équipe d'un protocole"
Description: "Les délégants et délégués d'une structure pour un protocole. Le service projette les participants à partir des adhésions ; aucun patient n'y figure."
* insert Published
* identifier 1..*
* status 1..1
* name 1..1
* subject 0..0
* period 1..1
* period.start 1..1
* managingOrganization 1..1
* participant.role 1..1
* participant.role from BinomeDelegationRoleVS (required)
* participant.member 1..1
* participant.member only Reference(PractitionerRole)
* participant.onBehalfOf 0..0
* participant.period 1..1
* extension contains BinomeProtocol named protocol 1..1 and BinomeReachability named reachability 0..1
* insert ExtensionUrl(protocol)
* insert ExtensionUrl(reachability)
* telecom ^short = "Canaux de l'équipe : téléphone (phone), visioconférence (url), messagerie MSSanté (email)"
* obeys binome-team-1
