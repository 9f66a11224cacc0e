"""The command ``binome sandbox`` as an integrator starts it to try a mail client: STARTTLS, then a token."""

import ipaddress
import smtplib
import ssl
from pathlib import Path

import pytest
import requests
from cryptography import x509

from service.processes import children, free_ports, wait_until_ready
from service.sandbox.gate import gate_of
from tests.certificates import certificate
from tests.waiting import PATIENCE

BOX = "msp@tilleuls.formation.mssante.fr"


def test_the_operator_of_the_command_asks_for_starttls_and_a_token(tmp_path: Path) -> None:
    theirs = certificate(tmp_path, "operator", x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    http, smtp, imap = free_ports(3)
    asked = ("--mail-certificate", theirs[0], "--mail-key", theirs[1], "--mail-login", "xoauth2")
    ports = {"BINOME_SANDBOX_HTTP": str(http), "BINOME_SANDBOX_SMTP": str(smtp), "BINOME_SANDBOX_IMAP": str(imap)}
    ports["BINOME_DATABASE"] = f"sqlite:///{tmp_path / 'binome.sqlite'}"
    with children([("sandbox", *asked, "--mail-session", f"first={BOX}")], ports):
        wait_until_ready(f"http://127.0.0.1:{http}/healthz")
        form = {"grant_type": "refresh_token", "client_id": "c", "refresh_token": "first"}
        token = requests.post(f"http://127.0.0.1:{http}/mssante/jeton", data=form, timeout=PATIENCE).json()[
            "access_token"
        ]
        with smtplib.SMTP("127.0.0.1", smtp, local_hostname="tests.mssante.fr", timeout=PATIENCE) as caller:
            caller.ehlo()
            assert caller.mail(BOX)[0] == 530
            caller.starttls(context=ssl.create_default_context(cafile=theirs[0]))
            caller.ehlo()
            assert caller.mail(BOX)[0] == 530
            shown = f"user={BOX}\x01auth=Bearer {token}\x01\x01"
            assert caller.auth("XOAUTH2", lambda challenge=None: shown)[0] == 235
            assert caller.mail(BOX)[0] == 250
            caller.rset()
            assert caller.mail("other@tilleuls.formation.mssante.fr")[0] == 553


def test_a_login_needs_a_certificate_of_its_own() -> None:
    with pytest.raises(ValueError, match="needs TLS"):
        gate_of("xoauth2")
    assert gate_of("none").of_dialogue == {}
