"""The attestation in PDF: one archived page, the same bytes for the same training, what is not known said so."""

import dataclasses
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pikepdf
import pytest
import typst

from mappings.domain.attestation import Attestation
from mappings.domain.cooperation import Trainer, Training
from mappings.domain.logic import Truth
from mappings.domain.people import Organization, Practitioner
from mappings.domain.protocol import Protocol
from mappings.pdf import attestation as module
from mappings.pdf.attestation import attestation_page
from mappings.pdf.compiler import compiled
from tests.mappings.catalogue import shipped
from tests.mappings.pdf.test_report import words_of

PROTOCOL: Protocol = next(one for one in shipped() if one.id == "pc-torsion-cheville")
MODULE = PROTOCOL.trainings[0]
TRAINEE = Practitioner(id="k", rpps="99900001019", family="MOREL-FICTIF", given="Lucie", profession="70")
TRAINER = Practitioner(id="d", rpps="99900002017", family="WEBER-FICTIF", given="Antoine", profession="10")
CPTS = Organization(id="o", finess="380999990", name="CPTS DES TILLEULS (FICTIVE)", facility_type="SA63")
DAY = dt.date(2026, 6, 12)


def told(required: int | None = 10, certainty: str = "O", **changes: Any) -> Attestation:
    asked = dataclasses.replace(MODULE, hours=required, certainty=certainty)  # type: ignore[arg-type]
    training = dataclasses.replace(Training(module=MODULE.module, completed=DAY), **changes)
    return Attestation(
        trainee=TRAINEE,
        trainer=TRAINER if training.trainer else None,
        trainer_rpps=training.trainer.rpps if training.trainer else "",
        organization=CPTS,
        training=training,
        canonical=PROTOCOL.canonical,
        protocol=dataclasses.replace(PROTOCOL, trainings=(asked,)),
        source="PractitionerRole/k/_history/3",
        recorded=dt.datetime(2026, 11, 20, 11, 0, 0, 123456, tzinfo=dt.UTC),
    )


WHOLE = {
    "hours": Decimal("10.5"),
    "trainer": Trainer(enrolment_id="e", rpps=TRAINER.rpps),
    "trainee_signed": DAY,
    "trainer_signed": dt.date(2026, 6, 13),
}


def words(attestation: Attestation) -> str:
    return " ".join(words_of(compiled(attestation_page(attestation))).replace("\u00a0", " ").split())


def test_is_one_page_of_pdf_a_2a_and_pdf_ua_1() -> None:
    pdf = compiled(attestation_page(told(**WHOLE)))
    assert compiled(attestation_page(told(**WHOLE))) == pdf
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) == 1
        with document.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "2"
            assert metadata["pdfaid:conformance"] == "A"
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == "Attestation de formation – Lucie MOREL-FICTIF"


def test_all_that_is_known_is_said() -> None:
    said = words(told(**WHOLE))
    for one in (
        "Lucie MOREL-FICTIF, masseur-kinésithérapeute, RPPS 99900001019",
        "Antoine WEBER-FICTIF, médecin, RPPS 99900002017",
        "12 juin 2026",
        "10,5 h",
        "10 heures",
        "13 juin 2026",
        "CPTS DES TILLEULS (FICTIVE), FINESS 380999990",
        "Les deux signatures ont été déclarées par la structure",
        "PractitionerRole/k/_history/3",
        "ne porte pas de signature électronique",
    ):
        assert one in said
    assert "à valider" not in said


@pytest.mark.parametrize("missing", sorted(WHOLE))
def test_what_is_not_known_is_to_be_validated(missing: str) -> None:
    said = words(told(**WHOLE | {missing: None}))
    assert "Non renseigné – à valider" in said
    assert ("Il manque au moins une signature" in said) is missing.endswith("signed")


@pytest.mark.parametrize(
    ("required", "certainty", "hours", "enough"),
    [
        (10, "O", Decimal(10), Truth.YES),
        (10, "O", Decimal("9.5"), Truth.NO),
        (10, "O", None, Truth.UNKNOWN),
        (None, "O", Decimal(10), Truth.UNKNOWN),
        (10, "D", Decimal(10), Truth.UNKNOWN),
        (10, "D", Decimal(1), Truth.UNKNOWN),
    ],
)
def test_long_enough_is_said_only_of_what_is_known(
    required: int | None, certainty: str, hours: Decimal | None, enough: Truth
) -> None:
    attestation = told(required, certainty, **WHOLE | {"hours": hours})
    assert attestation.long_enough is enough
    said = words(attestation)
    assert ("inférieure à la durée exigée" in said) is (enough is Truth.NO)
    assert ("ne peuvent pas être comparées" in said) is (enough is Truth.UNKNOWN)


def test_a_protocol_that_is_not_known_and_a_trainer_who_is_a_number() -> None:
    known = told(**WHOLE)
    said = words(dataclasses.replace(known, protocol=None, trainer=None))
    assert "RPPS 99900002017" in said
    assert f"pc-torsion-cheville, version {PROTOCOL.version}" in said
    assert "Durée exigée par le protocoleNon renseigné – à valider" in said
    # Nobody says that it is a draft.
    assert "à l’état de projet" not in said


def test_no_name_can_become_markup() -> None:
    strange = dataclasses.replace(TRAINEE, given="#panic() *gras* $x$ <a> \\")
    assert "#panic() *gras* $x$ <a> \\ MOREL-FICTIF" in words(dataclasses.replace(told(), trainee=strange))


def test_a_template_that_does_not_compile_quotes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TEMPLATE", "#panic(sys.inputs.attestation)")
    with pytest.raises(RuntimeError) as raised:
        compiled(attestation_page(told()))
    assert "MOREL" not in str(raised.value)
    assert not isinstance(raised.value, typst.TypstError)
    assert raised.value.__suppress_context__
