"""The shared record that others wrote: IPF's reading, judging and answering of XDS.b, over CXF, against our own client.

Built by Maven, started on loopback, ended by closing its input. Here too the XML signatures of ours are verified by what
others wrote: the JDK's XML Signature, and ``xmlsec1`` where it is.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from lxml import etree

from conformance.java import Missing
from conformance.verdict import HERE, Verdict, passed_when, run
from mappings.hardened_xml import parse
from service.clients.dmp.client import DmpClient
from service.clients.dmp.consult import find, get_documents, retrieve
from service.clients.dmp.identity import Sender, Software, sender_of, vihf
from service.clients.dmp.publish import publish, signed_set
from service.clients.dmp.send import Access, SharedRecord
from service.clients.look_up import Presence
from service.clients.seal import SigningKey, development_key
from service.clients.sealed import cda_of, payload_of
from service.processes import free_ports
from tests.clients.record import DOCUMENT, PATIENT, sealed, second
from tests.clients.sealed_things import NOW, UNIQUE_ID

_PROJECT: Final = HERE / "xds"
_SECONDS: Final = 20.0


def shared_record() -> Verdict:
    """ITI-41, ITI-18 and ITI-43, with their refusals."""
    with TemporaryDirectory(prefix="binome-xds-") as room:
        key = development_key(Path(room), NOW)
        try:
            with _listening() as base:
                steps = [step for signed in (False, True) for step in _played(base, key, signed=signed)]
        except Missing as missing:
            return Verdict("skipped", str(missing))
    wrong = [name for name, held in steps if not held]
    return passed_when(not wrong, f"{len(steps) - len(wrong)} passed, {len(wrong)} failed", wrong)


def _played(base: str, key: SigningKey, *, signed: bool) -> Iterator[tuple[str, bool]]:
    """What is asked of it, and whether it held; unsigned first, for what is signed is another document beside."""
    kind = "signed" if signed else "unsigned"
    record = _record(base, key, signed=signed)
    reading = replace(record, repository=f"{base}iti43")
    client, access = DmpClient(record), Access(record=reading, sender=sender_of(payload_of(sealed())), patient=PATIENT)
    if not signed:
        found = client.look_up(sealed(), DOCUMENT)
        yield "nothing is there before", found is not None and found.presence is Presence.ABSENT
        first = client.send(sealed(), DOCUMENT)
        yield f"{kind}: a document is taken ({first.code})", first.code == "Success"
        again = client.send(sealed(), DOCUMENT)
        yield f"our own again is a duplicate ({again.code})", again.code == "XDSDuplicateUniqueIdInRegistry"
        other = replace(DOCUMENT, cda=cda_of(DOCUMENT) + b"\n")
        alarm = client.send(sealed(of=other), other)
        yield f"other bytes are an alarm ({alarm.code})", alarm.code == "XDSNonIdenticalHash"
        found = client.look_up(sealed(), DOCUMENT)
        yield "a look-up finds our bytes", found is not None and found.presence is Presence.THERE
    else:
        replacement = publish(record, *second())
        yield f"{kind}: a replacement is taken ({replacement.code})", replacement.code == "Success"
        listed = get_documents(access, [UNIQUE_ID, second()[1].unique_id]).documents
        statuses = sorted(one.status.rpartition(":")[2] for one in listed)
        yield f"the first is out of force ({statuses})", statuses == ["Approved", "Deprecated"]
    searched = find(access)
    wanted = second()[1] if signed else DOCUMENT
    ours = [one for one in searched.documents if one.unique_id == wanted.unique_id]
    yield f"{kind}: a search finds it ({searched.code})", len(ours) == 1
    got = retrieve(access, ours[0]) if ours else None
    yield f"{kind}: its very bytes come back ({got.code if got else ''})", got is not None and got.content == wanted.cda


def signatures() -> Verdict:
    """The assertion and the signature of a set, as the JDK verifies them, and ``xmlsec1`` where it is; altered too."""
    with TemporaryDirectory(prefix="binome-signatures-") as room:
        folder = Path(room)
        key = development_key(folder / "keys", NOW)
        files = _signed_files(folder, key)
        try:
            verifiers = [_by_jdk]
            _classpath()
        except Missing as missing:
            return Verdict("skipped", str(missing))
        if shutil.which("xmlsec1") is not None:
            verifiers.append(_by_xmlsec)
        wrong = [
            f"{verify.__name__}: {file.name}"
            for verify in verifiers
            for file in files
            if verify(file) is not (not file.name.startswith("altered"))
        ]
    told = f"{len(files) * len(verifiers) - len(wrong)} passed, {len(wrong)} failed, by {len(verifiers)} of 2 verifiers"
    return passed_when(not wrong, told, wrong)


def _signed_files(folder: Path, key: SigningKey) -> list[Path]:
    signed = signed_set(parse(payload_of(sealed())), cda_of(DOCUMENT), key)
    sender: Sender = sender_of(payload_of(sealed()))
    made = [("set", signed, b"AA==", b"AB==")]
    for mode in ("INDIRECTE", "INDIRECTE_RENFORCEE", "DIRECTE"):
        assertion = vihf(sender, PATIENT, _SOFTWARE, key, mode=mode, identifier="a-1", now=NOW)  # type: ignore[arg-type]  # a mode
        made.append((mode, etree.tostring(assertion), b"258066799900794", b"158066799900794"))
    files = []
    for name, data, old, new in made:
        assert old in data, name
        for prefix, written in (("", data), ("altered-", data.replace(old, new, 1))):
            files.append(folder / f"{prefix}{name}.xml")
            files[-1].write_bytes(written)
    return files


def _by_jdk(file: Path) -> bool:
    code, said, _ = run(["java", "-cp", _classpath(), "conformance.Verify", str(file)], 60)
    return code == 0 and said.strip() == "valid"


def _by_xmlsec(file: Path) -> bool:
    # What a manifest lists lies elsewhere: its digests are ours to compare, in the tests.
    command = [
        "xmlsec1",
        "--verify",
        "--insecure",
        "--ignore-manifests",
        "--id-attr:ID",
        "Assertion",
        "--id-attr:Id",
        "Manifest",
    ]
    code, _, _ = run([*command, "--id-attr:Id", "SignedProperties", "--enabled-key-data", "x509", str(file)], 60)
    return code == 0


_SOFTWARE: Final = Software(id="LPS-1", name="Binôme", version="0.1", approval="NH-FICTIF")


def _record(base: str, key: SigningKey, *, signed: bool) -> SharedRecord:
    numbers = iter(range(1, 10_000))
    return SharedRecord(
        repository=f"{base}iti41",
        registry=f"{base}iti18",
        seconds=_SECONDS,
        key=key,
        software=_SOFTWARE,
        mode="INDIRECTE_RENFORCEE",
        signed_sets=signed,
        now=lambda: NOW,
        identify=lambda: f"00000000-0000-4000-{'9' if signed else '8'}000-{next(numbers):012}",
    )


@contextmanager
def _listening() -> Iterator[str]:
    """The record, until its input is closed."""
    classpath = _classpath()
    (port,) = free_ports(1)
    process = subprocess.Popen(
        ["java", "-Xmx256m", "-cp", classpath, "conformance.Record", str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if process.stdout.readline().strip() != "ready":
            raise Missing("the record of IPF does not come up")
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@cache
def _classpath() -> str:
    for needed in ("java", "mvn"):
        if shutil.which(needed) is None:
            raise Missing(f"{needed} is absent")
    listed = _PROJECT / "target" / "classpath.txt"
    goals = ["compile", "dependency:build-classpath", f"-Dmdep.outputFile={listed}"]
    code, said, errors = run(["mvn", "-q", "-B", "-f", str(_PROJECT / "pom.xml"), *goals], 900)
    if code:
        reason = next((line for line in (said + errors).splitlines() if "ERROR" in line), errors[-200:])
        raise Missing(f"Maven could not build conformance/xds: {reason[:200]}")
    return f"{_PROJECT / 'target' / 'classes'}:{listed.read_text().strip()}"
