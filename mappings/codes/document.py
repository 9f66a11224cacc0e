"""Codes of a document's header: type, class, function, confidentiality, gender, encounter, titles.

Sources: ANS, CI-SIS « Structuration minimale de documents de santé » 1.16.8 (05/05/2026) and the value
sets JDV_J07, J47, J142, J143, J245, J246 of 2024-12-13; TRE_A03, TRE_A07; IHE ITI TF-3 for formats.
Each table gives code → the value set's own name, to the letter.
"""

from typing import Final

from mappings.codes import oids

#: Types (JDV_J07, LOINC) that the report of a delegated act may have.
DOCUMENT_TYPES: Final = {
    "11506-3": "CR ou fiche de suivi de soins par auxiliaire médical",
    "11488-4": "CR ou fiche de consultation ou de visite",
    "70004-7": "CR d'acte diagnostique (autre)",
    "75492-9": "CR d'acte diagnostique à visée préventive ou de dépistage",
    "11505-5": "CR d'acte thérapeutique (autre)",
    "75482-0": "CR d'acte thérapeutique à visée préventive",
    "93024-8": "CR de consultation pharmaceutique",
    "78601-2": "CR d'entretien pharmaceutique",
    "96173-0": "Test rapide d'orientation diagnostique",
}
#: The rapid test has a model of its own (BIO-TROD), the others have none.
RAPID_TEST: Final = "96173-0"
#: Type → class (TRE_A03). A rapid test is a certificate, not a report.
TYPE_CLASSES: Final = {code: "52" if code == RAPID_TEST else "10" for code in DOCUMENT_TYPES}
#: TRE_A03. The name of 52 as ANS's example archives of BIO-TROD 2024.01 write it.
CLASSES: Final = {"10": "Compte rendu", "52": "Certificat, déclaration"}

#: Type of the report of an act whose definition names none, by the profession of whoever did it (TRE_G15).
#: A midwife or a pharmacist is no *auxiliaire médical*.
PROFESSION_TYPES: Final = {"21": "93024-8", "50": "11488-4"}
AUXILIARY_TYPE: Final = "11506-3"

#: Format of a CDA R2 level 1 document that carries a PDF/A-1 (IHE).
PDF_FORMAT: Final = ("urn:ihe:iti:xds-sd:pdf:2008", "Document à corps non structuré en Pdf/A-1")
#: Formats of TRE_A06 (version of 2026-06-29): a structured document outside any model, and BIO-TROD 2024.01.
HORS_PROFILS_FORMAT: Final = ("urn:asipSante:modelesHorsProfils:2011", "Document non référencé IHE ou CI-SIS")
TROD_FORMAT: Final = ("urn:ans:ci-sis:trod:2024", "Test rapide d'orientation diagnostique")

#: HL7 Confidentiality.
CONFIDENTIALITIES: Final = {"N": "Normal", "R": "Restreint", "V": "Très restreint"}

#: TRE_A07, version of 2023-12-15. JDV_J421 (2026-07-30) says NOPAT for INVISIBLE_PATIENT; the shared
#: record takes the older code.
VISIBILITIES: Final = {
    "MASQUE_PS": "Masqué aux professionnels de santé",
    "INVISIBLE_PATIENT": "Non visible par le patient",
    "INVISIBLE_REPRESENTANTS_LEGAUX": "Non visible par représentants légaux du patient",
}
#: Codes by which a record tells that a document is hidden → the same in TRE_A07.
HIDING: Final = {**{code: code for code in VISIBILITIES}, "NOPAT": "INVISIBLE_PATIENT"}

#: Domain gender → JDV_J143.
GENDERS: Final = {
    "female": ("F", "Féminin"),
    "male": ("M", "Masculin"),
    "unknown": ("UN", "Inconnu"),
}

#: JDV_J47. No code means « délégant » or « délégué ».
TEAM_MEMBER: Final = ("353", "Membre de l'équipe de soins", oids.TEAM_ROLE)
ATTENDING: Final = ("PCP", "Médecin traitant", oids.PARTICIPATION_FUNCTION)

#: Practice setting → kind of encounter (JDV_J142); no entry = not known, and not said.
ENCOUNTERS: Final = {
    "AMBULATOIRE": ("AMB", "Ambulatoire (hors établissement)"),
    "HAD": ("IMP", "Hospitalisation (établissement, y compris HAD)"),
    "MAD": ("HH", "Soins à domicile (hors établissement)"),
    "SAD": ("HH", "Soins à domicile (hors établissement)"),
}

#: JDV_J245 and JDV_J246.
PREFIXES: Final = frozenset({"M", "MME"})
SUFFIXES: Final = frozenset({"DR", "MC", "MG", "PC", "PG", "PR"})

#: Longest title (CI-SIS).
TITLE_LENGTH: Final = 128
