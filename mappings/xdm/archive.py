"""``IHE_XDM.ZIP``: one submission set with its document, for one patient; equal bytes for equal input.

IHE ITI TF-2 3.32.4.1.2: names are 8.3, upper case (ISO 9660 level 1); INDEX.HTM and README.TXT at the root.
"""

import html
import unicodedata
from typing import Final

from mappings.domain.report import ActReport, Submission
from mappings.xdm.zipped import zipped
from mappings.xds.metadata import submission_to_ebxml

ARCHIVE_NAME: Final = "IHE_XDM.ZIP"
DOCUMENT_NAME: Final = "DOC0001.XML"
SOFTWARE_VERSION: Final = "0.1.0"
_SUBSET: Final = "IHE_XDM/SUBSET01"
#: Letters and signs that no decomposition turns into ASCII, as one writes them without.
_WITHOUT: Final = str.maketrans({
    "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
    "’": "'", "‘": "'", "«": '"', "»": '"', "“": '"', "”": '"', "–": "-", "—": "-", "‐": "-", "‑": "-",
})  # fmt: skip


def archive(report: ActReport, submission: Submission, cda: bytes, *, action: str = "") -> bytes:
    """``action``: value of the slot that tells what to do with it; empty for a document that is merely brought."""
    files = {
        "INDEX.HTM": _index(report),
        "README.TXT": _readme(report),
        f"{_SUBSET}/METADATA.XML": submission_to_ebxml(report, submission, cda, uri=DOCUMENT_NAME, action=action),
        f"{_SUBSET}/{DOCUMENT_NAME}": cda,
    }
    # the clock of the zip is the report's own, so that the archive can be made again
    return zipped(files, report.created_at.timetuple()[:6])


def _index(report: ActReport) -> bytes:
    issuer = html.escape(f"{report.organization.name} – FINESS {report.organization.finess}")
    document = html.escape(report.type_code.display)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML Basic 1.1//EN" '
        '"http://www.w3.org/TR/xhtml-basic/xhtml-basic11.dtd">\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="fr"><head><title>Archive IHE XDM</title></head><body>\n'
        f"<h1>{issuer}</h1>\n"
        '<p><a href="README.TXT">Mode d’emploi</a></p>\n'
        f'<p><a href="{_SUBSET}/{DOCUMENT_NAME}">{document}</a></p>\n'
        "</body></html>\n"
    ).encode()


def _readme(report: ActReport) -> bytes:
    """Seven-bit ASCII with CRLF, as the profile demands: accents are lost here, and only here; no letter goes unseen."""
    organization, author = report.organization, report.delegatee
    address = organization.address
    place = [*address.lines, f"{address.postal_code} {address.city}".strip()] if address else []
    name = " ".join(filter(None, (author.given, author.family)))
    sender = ", ".join(filter(None, (name, organization.name, *place, organization.phone)))
    lines = (
        f"Emetteur : {sender}",
        f"Logiciel : Binome {SOFTWARE_VERSION} (Binome)",
        "Ouvrir INDEX.HTM avec un navigateur.",
        f"Le document est {_SUBSET}/{DOCUMENT_NAME} (CDA R2), decrit par {_SUBSET}/METADATA.XML.",
        "Contenu :",
        "INDEX.HTM",
        "README.TXT",
        f"{_SUBSET}/METADATA.XML",
        f"{_SUBSET}/{DOCUMENT_NAME}",
    )
    text = "".join(f"{line}\r\n" for line in lines)
    bare = "".join(
        one for one in unicodedata.normalize("NFKD", text.translate(_WITHOUT)) if not unicodedata.combining(one)
    )
    return bare.encode("ascii", "replace")
