"""Archives that somebody means ill by: family Z of the hostile corpus, one function a case, made when asked for."""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable

DOCUMENT = b"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2.250.1.999.7"/><code code="11506-3"/><title>CR</title>
<effectiveTime value="20261120"/><recordTarget><patientRole><id extension="258066799900794" root="1.2.250.1.213.1.4.10"/>
</patientRole></recordTarget><author/><custodian/><component><nonXMLBody><text>x</text></nonXMLBody></component>
</ClinicalDocument>
"""
FOLDER = "IHE_XDM/SUBSET01"
PATIENT = "258066799900794^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH"
OTHER = PATIENT.replace("258066799900794", "158066799900717")
Files = dict[str, bytes]


def metadata(
    document: bytes = DOCUMENT,
    *,
    uri: str = "DOC0001.XML",
    patient: str = PATIENT,
    identified: str = PATIENT,
    of_set: str = PATIENT,
    **changes: str,
) -> bytes:
    """``patient`` is the sourcePatientId, ``identified`` the document's patientId, ``of_set`` that of its set."""
    slots = {
        "URI": uri,
        "hash": hashlib.sha1(document).hexdigest(),
        "size": str(len(document)),
        "sourcePatientId": patient,
        **changes,
    }
    told = "".join(
        f'<Slot name="{name}"><ValueList><Value>{value}</Value></ValueList></Slot>' for name, value in slots.items()
    )
    return (
        '<SubmitObjectsRequest xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0">'
        '<RegistryObjectList xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0">'
        f'<RegistryPackage id="s">{_patient_id("6b5aea1a-874d-4603-a4bc-96a0a7b38446", of_set)}</RegistryPackage>'
        '<ExtrinsicObject id="d" mimeType="text/xml" objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1">'
        f"{told}{_patient_id('58a6f841-87b3-4a3e-92fd-a8ffeff98427', identified)}</ExtrinsicObject></RegistryObjectList></SubmitObjectsRequest>"
    ).encode()


def _patient_id(scheme: str, value: str) -> str:
    return f'<ExternalIdentifier identificationScheme="urn:uuid:{scheme}" value="{value}"/>'


def xdm(document: bytes = DOCUMENT, **told: str) -> Files:
    return {
        "INDEX.HTM": b"<html/>",
        "README.TXT": b"x\r\n",
        f"{FOLDER}/METADATA.XML": metadata(document, **told),
        f"{FOLDER}/DOC0001.XML": document,
    }


def zipped(files: Files | list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items() if isinstance(files, dict) else files:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def with_file(name: str, content: bytes = b"x") -> bytes:
    return zipped(xdm() | {name: content})


def _central(archive: bytes, place: int, layout: str, value: int) -> bytes:
    """Every directory entry with another value at ``place``."""
    spoilt, at = bytearray(archive), archive.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into(layout, spoilt, at + place, value)
        at = archive.find(b"PK\x01\x02", at + 4)
    return bytes(spoilt)


def flat_bomb() -> bytes:
    return zipped(xdm() | {"BIG.TXT": bytes(200_000_000)})


def nested() -> bytes:
    inner = zipped(xdm())
    for _ in range(5):
        inner = zipped({"IHE_XDM.ZIP": inner})
    return inner


def overlapping(entries: int = 190) -> bytes:
    """Many directory entries on one member."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    kernel = packed.compress(bytes(200_000)) + packed.flush()
    crc = zlib.crc32(bytes(200_000))
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(kernel), 200_000, 1, 0) + b"0" + kernel
    central = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, len(kernel), 200_000, 4, 0, 0, 0, 0, 0, 0)
        + b"%04d" % n
        for n in range(entries)
    )
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries, entries, len(central), len(local), 0)
    return local + central + end


def reaching_over() -> bytes:
    """The first member says, in both places, that it goes on into the second."""
    archive = bytearray(zipped(xdm(), zipfile.ZIP_STORED))
    for at in (18, archive.find(b"PK\x01\x02") + 20):
        (length,) = struct.unpack_from("<L", archive, at)
        struct.pack_into("<L", archive, at, length + 40)
    return bytes(archive)


def lying_size() -> bytes:
    """100 bytes are told, 5 MB come out."""
    archive = bytearray(zipped({"A.TXT": bytes(5_000_000)}))
    struct.pack_into("<L", archive, 22, 100)
    return _central(bytes(archive), 24, "<L", 100)


def quine() -> bytes:
    """An archive that holds itself, as far as a reader that stops at the first level can tell."""
    return zipped({"R/R.ZIP": zipped({"R/R.ZIP": zipped({"R": b""})})})


def zip64_contradiction() -> bytes:
    archive = zipped(xdm())
    at = archive.rfind(b"PK\x05\x06")
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 12, 1)
    return archive[:at] + locator + archive[at:]


def symlink() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("IHE_XDM/SUBSET01")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc")
        archive.writestr("IHE_XDM/SUBSET01/METADATA.XML", metadata())
    return buffer.getvalue()


def duplicate_name() -> bytes:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return zipped([*xdm().items(), (f"{FOLDER}/METADATA.XML", metadata(patient="other"))])


def other_local_name() -> bytes:
    """The directory says one name, the member another."""
    archive = zipped(xdm())
    return archive[:30] + archive[30:].replace(b"INDEX.HTM", b"../../ETC", 1)


CASES: dict[str, tuple[Callable[[], bytes], str]] = {
    "Z01 zip-flat-1000x": (flat_bomb, "zip-bomb"),
    "Z01 below the sum, beyond the ratio": (lambda: zipped(xdm() | {"BIG.TXT": bytes(20_000_000)}), "zip-bomb"),
    "Z01 in many pieces": (lambda: zipped(xdm() | {f"{n}.TXT": bytes(1 << 20) for n in range(60)}), "zip-bomb"),
    "Z02 zip-nested-6": (nested, "zip-nested"),
    "Z03 zip-overlap": (overlapping, "zip-overlap"),
    "Z03 zip-overlap of 2000": (lambda: overlapping(2000), "zip-too-many"),
    "Z03 one member into the next": (reaching_over, "zip-overlap"),
    "Z04 zip-lying-size": (lying_size, "zip-lying-size"),
    "Z05 zip-100k-files": (lambda: zipped({f"{n}": b"" for n in range(20_000)}), "zip-too-many"),
    "Z06 zip-quine": (quine, "zip-nested"),
    "Z07 zip64-eocd-lie": (zip64_contradiction, "zip-64"),
    "Z08 zip-slip-dotdot": (lambda: with_file("../../evil"), "zip-name"),
    "Z09 zip-absolute": (lambda: with_file("/tmp/evil"), "zip-name"),
    "Z10 zip-backslash": (lambda: with_file("C:\\evil"), "zip-name"),
    "Z10 drive": (lambda: with_file("C:evil"), "zip-name"),
    "Z10 device": (lambda: with_file("IHE_XDM/NUL.TXT"), "zip-name"),
    "Z11 zip-symlink": (symlink, "zip-link"),
    "Z12 zip-dup-name": (duplicate_name, "zip-duplicate"),
    "Z12 by case": (lambda: with_file(f"{FOLDER}/metadata.xml"), "zip-duplicate"),
    "Z13 zip-cp437-utf8": (lambda: with_file("IHE_XDM/\u2025\u2044evil"), "zip-name"),
    "Z14 zip-encrypted": (lambda: _central(zipped(xdm()), 8, "<H", 1), "zip-encrypted"),
    "Z15 xdm-hash-mismatch": (lambda: zipped(xdm(hash="0" * 40)), "xdm-hash"),
    "Z15 size": (lambda: zipped(xdm(size="3")), "xdm-size"),
    "Z16 xdm-patient-mismatch": (lambda: zipped(xdm(patient="1^^^&amp;1.2&amp;ISO")), "xdm-patient"),
    "Z16 of patientId": (
        lambda: zipped(xdm(identified=OTHER, of_set=OTHER)),
        "xdm-patient",
    ),
    "Z16 of patientId, which is no identifier": (lambda: zipped(xdm(identified="x", of_set="x")), "xdm-patient"),
    "Z16 the set is another's": (lambda: zipped(xdm(of_set=OTHER)), "xdm-two-patients"),
    "Z17 xdm-missing-doc": (lambda: zipped(xdm(uri="DOC0002.XML")), "xdm-missing-document xdm-extra-document"),
    "Z18 xdm-extra-doc": (lambda: with_file(f"{FOLDER}/RUN.EXE"), "xdm-extra-document"),
    "Z19 xdm-uri-traversal": (lambda: zipped(xdm(uri="../../INDEX.HTM")), "xdm-uri xdm-extra-document"),
    "Z20 zip-prefix-junk": (lambda: b"%PDF-1.4\n" + bytes(1 << 20) + zipped(xdm()), "zip-contradictory"),
    "Z20 rewritten offsets": (lambda: _prefixed(zipped(xdm())), "zip-foreign-bytes"),
    "truncated": (lambda: zipped(xdm())[:-30], "zip-truncated"),
    "truncated in a member": (lambda: zipped(xdm())[:200], "zip-truncated"),
    "trailing junk": (lambda: zipped(xdm()) + b"junk", "zip-contradictory"),
    "another local name": (other_local_name, "zip-contradictory"),
    "corrupt bytes": (lambda: zipped(xdm(), zipfile.ZIP_STORED).replace(b"<html/>", b"<HTML/>"), "zip-corrupt"),
    "a folder that holds bytes": (lambda: with_file(f"{FOLDER}/MORE/", DOCUMENT), "zip-contradictory"),
    "Z16 nobody's": (lambda: zipped(xdm(identified="", of_set="")), "xdm-no-patient"),
    "no metadata": (lambda: zipped({"INDEX.HTM": b""}), "xdm-no-metadata"),
}
#: Odd and right: strictness must not win by refusing everything.
HONEST: dict[str, Callable[[], bytes]] = {
    "plain": lambda: zipped(xdm()),
    "stored": lambda: zipped(xdm(), zipfile.ZIP_STORED),
    "numbers that differ by their dates": lambda: zipped(xdm(identified=f"{PATIENT}^^20100907")),
    "a number with a delimiter in it": lambda: zipped(
        xdm(
            DOCUMENT.replace(b'extension="258066799900794"', b'extension="P&amp;1"'),
            patient=PATIENT.replace("258066799900794", "P\\T\\1"),
            identified=PATIENT.replace("258066799900794", "P\\T\\1"),
            of_set=PATIENT.replace("258066799900794", "P\\T\\1"),
        )
    ),
    "the set alone names the patient": lambda: zipped(xdm(identified="")),
    "with folders": lambda: zipped({"IHE_XDM/": b"", f"{FOLDER}/": b""} | xdm()),
    "with a stylesheet": lambda: with_file(f"{FOLDER}/CDA.XSL"),
    "metadata in lower case": lambda: zipped(
        {name.replace("METADATA", "Metadata"): content for name, content in xdm().items()}
    ),
    "streamed": lambda: _streamed(xdm()),
}


def _prefixed(archive: bytes) -> bytes:
    """Bytes before the archive, with every offset told anew."""
    junk = b"%PDF-1.4\n"
    spoilt, at = bytearray(archive), archive.find(b"PK\x01\x02")
    while at >= 0:
        (offset,) = struct.unpack_from("<L", archive, at + 42)
        struct.pack_into("<L", spoilt, at + 42, offset + len(junk))
        at = archive.find(b"PK\x01\x02", at + 4)
    end = archive.rfind(b"PK\x05\x06")
    (start,) = struct.unpack_from("<L", archive, end + 16)
    struct.pack_into("<L", spoilt, end + 16, start + len(junk))
    return junk + bytes(spoilt)


def _streamed(files: Files) -> bytes:
    """Written to what cannot be gone back in: sizes stand behind each member."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, some: object) -> int:
            self.data += bytes(some)  # type: ignore[call-overload]  # bytes-like
            return len(bytes(some))  # type: ignore[call-overload]  # the same

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # a stream
        for name, content in files.items():
            archive.writestr(name, content)
    return pipe.data
