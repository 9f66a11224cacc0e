"""What the configuration says of the procedure is read whole, and refused with every fault."""

import pytest

from mappings.issues import Refused
from mappings.records.form import form_from_toml
from tests.house import ROOT

TEXT = (ROOT / "fixtures" / "demarche" / "equipe.toml").read_text(encoding="utf-8")


def test_the_form_shipped_is_read() -> None:
    form = form_from_toml(TEXT)
    assert form.number == 999001
    assert set(form.revisions) == {"REVISION-FICTIVE-1", "REVISION-FICTIVE-2"}
    assert form.words.profession("médecin GÉNÉRALISTE") == "10"
    assert form.words.profession("Masseur kinésithérapeute") == "70"
    assert form.words.profession("93") == ""
    assert form.words.function("Professionnel délégant") == "DELEGATOR"
    assert form.revisions["REVISION-FICTIVE-2"].fields["secteur"].annotation


@pytest.mark.parametrize(
    ("old", "new", "faulty"),
    [
        ("demarche = 999001", "demarche = true", "demarche.demarche"),
        ("demarche = 999001", "demarche = -1", "demarche.demarche"),
        ("demarche = 999001", "numero = 1", "demarche.demarche"),
        ("demarche = 999001", "demarche = 1\nautre = 2", "demarche.autre"),
        ('"Kinésithérapeute" = "70"', '"Kinésithérapeute" = "93"', "demarche.libelles.professions"),
        ('"Professionnel délégué" = "DELEGATEE"', '"x" = "y"', "demarche.libelles.fonctions"),
        ('finess = { id = "CHAMP-FINESS" }', "", "demarche.revisions[0].champs.finess"),
        (
            'finess = { id = "CHAMP-FINESS" }',
            'finess = { id = "a", libelle = "b" }',
            "demarche.revisions[0].champs.finess",
        ),
        ('rpps = { id = "LIGNE-RPPS" }', "", "demarche.revisions[0].equipe.rpps"),
        ('champ = { id = "CHAMP-EQUIPE" }', 'champ = "CHAMP-EQUIPE"', "demarche.revisions[0].equipe.champ"),
        ('"REVISION-FICTIVE-2"', '"REVISION-FICTIVE-1"', "demarche.revisions[1].id"),
    ],
)
def test_every_fault_is_refused_by_its_place(old: str, new: str, faulty: str) -> None:
    assert old in TEXT
    with pytest.raises(Refused) as refused:
        form_from_toml(TEXT.replace(old, new))
    assert faulty in {issue.expression for issue in refused.value.issues}


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(Refused):
        form_from_toml("demarche =")
