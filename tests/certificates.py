"""Certificates that vouch for themselves, for servers on loopback."""

import datetime as dt
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(
    folder: Path, name: str, stands_for: x509.GeneralName, since: dt.timedelta = dt.timedelta(days=-1)
) -> tuple[str, str]:
    """Files of a certificate for ``stands_for``, valid for two days from now and ``since``, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} (FICTIF)")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now + since)
        .not_valid_after(now + since + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([stands_for]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(made.public_bytes(pem))
    files[1].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return str(files[0]), str(files[1])


def revocations(folder: Path, name: str, issuer: tuple[str, str], serial: int) -> str:
    """File of the list by which the bearer of ``issuer`` revokes the certificate of that number."""
    certificate_file, key_file = map(Path, issuer)
    authority = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - day).build()
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(now - day)
        .next_update(now + day)
        .add_revoked_certificate(revoked)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.crl"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return str(path)
