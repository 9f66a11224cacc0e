"""Forms and keys of identifiers, with what lies just beside them."""

import pytest

from mappings.codes.identifiers import is_ccam, is_commune, is_finess, is_ins, is_mailbox, is_oid, is_rpps

CASES = [
    (is_oid, "1.2.250.1.213.1.4.10", True),
    (is_oid, "1.2.250.01", False),
    (is_oid, "3.1", False),
    (is_oid, "1", False),
    (is_oid, "1.2\n", False),
    (is_oid, "2.25." + "1" * 59, True),
    (is_oid, "2.25." + "1" * 60, False),
    (is_rpps, "99900007016", True),
    (is_rpps, "99900007024", True),
    (is_rpps, "99900007017", False),
    (is_rpps, "9990000701", False),
    (is_rpps, "٩٩٩00007016", False),
    (is_finess, "670999990", True),
    (is_finess, "2A0000014", True),
    (is_finess, "67099999", False),
    (is_ins, "258066799900794", True),
    (is_ins, "258066799900793", False),
    (is_ins, "25806679990079", False),
    (is_ins, "258062A99900732", True),
    (is_ins, "258062B99900759", True),
    (is_ins, "258062A99900759", False),
    (is_commune, "67482", True),
    (is_commune, "2A004", True),
    (is_commune, "99109", True),
    (is_commune, "Strasbourg", False),
    (is_ccam, "DEQP003", True),
    (is_ccam, "DEQP03", False),
    (is_mailbox, "cr@msp.formation.mssante.fr", True),
    (is_mailbox, "cr@localhost", False),
    (is_mailbox, "cr@msp.fr\r\nBcc: x@y.fr", False),
    (is_mailbox, "a b@msp.fr", False),
    (is_mailbox, "é@msp.fr", False),
]


@pytest.mark.parametrize(("check", "value", "holds"), CASES)
def test_identifier(check, value, holds) -> None:
    assert check(value) is holds
