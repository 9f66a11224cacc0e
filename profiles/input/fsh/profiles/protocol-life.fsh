// R4 has no resource for what befalls a definition: Basic is what it offers instead.

Profile: BinomeProtocolLife
Parent: Basic
Id: binome-protocol-life
Title: "Vie d'un protocole"
Description: "Ce qui est arrivé à un protocole publié, toutes versions confondues : suspensions et revues. Tenue par le serveur ; une ressource par protocole."
* insert Published
* code = BinomeRecord#protocol-life
* subject 1..1
* subject.type = "PlanDefinition"
* subject.identifier 1..1
* subject.identifier.system 1..1
* subject.identifier.system = "urn:ietf:rfc:3986"
* subject.identifier.value 1..1
* subject.identifier.value ^short = "Protocole : url de la PlanDefinition, sans version"
* extension contains BinomeProtocolSuspension named suspension 0..* and BinomeProtocolReview named review 0..*
* insert ExtensionUrl(suspension)
* insert ExtensionUrl(review)
