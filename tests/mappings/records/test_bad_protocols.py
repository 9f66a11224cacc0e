"""A protocol that cannot be right is refused when it is read, with its file, its line and a French sentence."""

from decimal import Decimal

import pytest

from mappings.codes.units import UNITS
from mappings.domain.act import Answer
from mappings.domain.deciding import decide
from mappings.domain.judgement import judge
from mappings.issues import Refused
from mappings.records.protocol import protocols_from_toml
from tests.mappings.example import example_files

FILES = example_files()
SECOND = """
[[versions]]
version = "2027.1"
titre = "Exemple de protocole local, fictif"
debut = 2027-01-01
source = "equipe"
certitude = "S"

[versions.declaration]
citation = "Déclaration (exemple fictif)"
date = 2027-01-01
source = "equipe"
certitude = "S"

[[references]]"""


def refusals(*changes: tuple[str, str, str]) -> list[str]:
    """The sentences about the example of the page, once each ``old`` became ``new`` in its file."""
    files = dict(FILES)
    for name, old, new in changes:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)
    with pytest.raises(Refused) as refused:
        protocols_from_toml(files)
    return [issue.text for issue in refused.value.issues]


def line(name: str, text: str, nth: int = 1) -> int:
    """The line of the nth time that ``text`` stands in the file of the page."""
    found = [number for number, row in enumerate(FILES[name].splitlines(), 1) if text in row]
    return found[nth - 1]


def test_the_page_is_read() -> None:
    (protocol,) = protocols_from_toml(FILES)
    assert [step.id for step in protocol.tree] == ["gene-importante", "age-du-suivi"]


def test_a_circle() -> None:
    back = ("decision.toml", 'reorientation = "planned-by-protocol"', 'vers = "gene-importante"')
    at = line("decision.toml", "planned-by-protocol")
    expected = f"decision.toml, ligne {at} : L’étape « gene-importante » ramène à elle-même : l’arbre tourne en rond."
    assert expected in refusals(back)


def test_a_step_that_does_not_exist() -> None:
    at = line("decision.toml", "vers =")
    found = refusals(("decision.toml", 'vers = "age-du-suivi"', 'vers = "nulle-part"'))
    assert f"decision.toml, ligne {at} : L’étape « nulle-part » n’existe pas." in found
    orphan = line("decision.toml", 'id = "age-du-suivi"')
    assert f"decision.toml, ligne {orphan} : Aucune branche ne mène à l’étape « age-du-suivi »." in found


def test_a_text_that_no_document_can_print() -> None:
    at = line("criteres.toml", 'texte = "Adulte"')
    assert refusals(("criteres.toml", 'texte = "Adulte"', 'texte = "Adulte 漢"')) == [
        f"criteres.toml, ligne {at} : « texte » contient un caractère que les documents ne peuvent pas imprimer."
    ]


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ('{ type = "11506-4", source = "equipe", certitude = "S" }', "« type » doit être l’un de"),
        (
            '{ type = "96173-0", source = "equipe", certitude = "S" }',
            "« depistage » dit ce que recherche un test rapide",
        ),
        ('{ type = "11506-3", depistage = "N30", source = "equipe", certitude = "S" }', "et lui seul"),
        (
            '{ type = "96173-0", depistage = "Z99", source = "equipe", certitude = "S" }',
            "« depistage » doit être l’un de",
        ),
    ],
)
def test_a_document_that_is_none(document: str, sentence: str) -> None:
    name = 'id = "exemple-conseils"'
    (found,) = refusals(("actes.toml", name, f"{name}\ndocument = {document}"))
    assert sentence in found


def test_two_ways_to_one_step() -> None:
    at = line("decision.toml", 'id = "age-du-suivi"')
    assert refusals(("decision.toml", 'actes = ["exemple-conseils"]', 'vers = "age-du-suivi"')) == [
        f"decision.toml, ligne {at} : Plusieurs branches mènent à l’étape « age-du-suivi » : ce n’est plus un arbre."
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("criteres.toml", 'question = "temperature"', 'question = "tension"', "La question « tension » n’existe pas dans l’examen."),
        ("decision.toml", 'score = "gene"', 'score = "autre"', "Le score « autre » n’existe pas."),
        ("decision.toml", '["exemple-conseils"]', '["exemple-oubli", "exemple-conseils"]', "L’acte « exemple-oubli » n’est pas dans actes.toml."),
        ("protocole.toml", 'profession = "60"', 'profession = "61"', "« 61 » n’est pas une profession (TRE_G15)."),
        ("protocole.toml", 'libelle = "Médecin"', 'libelle = "Médecin"\nspecialites = ["SM999"]', "« SM999 » n’est pas une spécialité de cette profession (TRE_R38)."),
        ("protocole.toml", 'code = "SA52"', 'code = "SB52"', "« SB52 » n’est pas un type de structure (TRE_R02)."),
        ("examen.toml", 'arret = ["fievre"]', 'arret = ["oubli"]', "Le critère « oubli » n’existe pas."),
        ("examen.toml", 'unite = "Cel"', 'unite = "degrés"', f"L’unité « degrés » n’est pas une unité UCUM connue ici. Celles qui le sont : {', '.join(UNITS)}."),
        ("criteres.toml", "plus-de = 38", 'plus-de = "38"', "La valeur ne se compare pas ainsi à la question « temperature »."),
        # Of no number: it would compare with nothing, act after act.
        ("criteres.toml", "plus-de = 38", "plus-de = nan", "La valeur ne se compare pas ainsi à la question « temperature »."),
        ("criteres.toml", "plus-de = 38", "plus-de = inf", "La valeur ne se compare pas ainsi à la question « temperature »."),
        ("criteres.toml", "{ age-minimum = 18 }", "{ age-minimum = 180 }", "Un âge se compare à un nombre d’années, de 0 à 150."),
        ("criteres.toml", "{ age-minimum = 18 }", "{ age-minimum = -1 }", "Un âge se compare à un nombre d’années, de 0 à 150."),
        ("protocole.toml", "heures = 2", "heures = -2", "« heures » ne peut pas être négatif."),
        ("protocole.toml", 'prefixe = "exemple"', 'prefixe = "Exemple été"', "« prefixe » n’a pas la forme attendue : lettres minuscules sans accent, chiffres, tirets."),
        ("protocole.toml", 'version = "2026.1"', 'version = "v1"', "« version » n’a pas la forme attendue : une année, un point, un rang (2026.1)."),
        ("examen.toml", 'unite = "Cel"', 'unite = "Cel"\nminimum = 43\nmaximum = 30', "« minimum » dépasse « maximum »."),
        ("criteres.toml", "plus-de = 38", "entre = 38", "Une comparaison a une seule clé parmi : est, n-est-pas, moins-de, maximum, plus-de, minimum."),
        ("criteres.toml", "{ age-minimum = 18 }", "{ age-mini = 18 }", "Une condition a une seule forme parmi : a-valider, age-maximum, age-minimum, age-moins-de, age-plus-de, au-moins-un, non, question, score, tous."),
        ("criteres.toml", 'id = "fievre"', 'id = "age"', "L’identifiant « age » est employé deux fois."),
        ("examen.toml", 'id = "aggravation"', 'id = "demande"', "L’identifiant « demande » est employé deux fois."),
        ("actes.toml", 'titre = "Conseils"', 'titre = "Conseils"\nposologie = "x"', "La clé « posologie » n’est pas attendue ici."),
        ("criteres.toml", 'motif = "worsening"', 'motif = "autre"', "« motif » doit être l’un de : exclusion-age, exclusion-other, undetermined, planned-by-protocol, new-symptoms, worsening, delegue-doubt, patient-choice, no-delegant-reachable, data-sharing-refused."),
        ("decision.toml", 'reorientation = "planned-by-protocol"', 'reorientation = "planned-by-protocol"\nrecours = "avis"', "Une branche mène soit à une étape (« vers »), soit à une seule fin : actes, réorientation ou recours."),
        ("decision.toml", "sinon = true", "sinon = true\nsi = { age-minimum = 3 }", "Une branche a soit une condition « si », soit « sinon = true »."),
        ("protocole.toml", 'regime = "local"', 'regime = "pluriprofessionnel"', "Le régime « pluriprofessionnel » n’est pas une coopération : il se liste dans voisins.toml et ne s’exécute pas."),
        ("protocole.toml", 'regime = "local"', 'regime = "pharmacist-test-dispense"', "Le régime « pharmacist-test-dispense » n’est pas une coopération : il se liste dans voisins.toml et ne s’exécute pas."),
        ("criteres.toml", 'certitude = "S"', 'certitude = "D"', "Un fait douteux ou non trouvé ne décide de rien."),
        ("criteres.toml", 'id = "age"', 'id = "age"\ndepuis = "2030.1"', "La version « 2030.1 » n’existe pas."),
    ],
)  # fmt: skip
def test_each_fault_has_its_line(name: str, old: str, new: str, sentence: str) -> None:
    first = FILES[name][: FILES[name].index(old)].count("\n") + 1
    texts = refusals((name, old, new))
    placed = [text for text in texts if text.endswith(f" : {sentence}")]
    assert placed, texts
    assert int(placed[0].partition("ligne ")[2].partition(" ")[0]) - first in (0, 1)
    assert placed[0].startswith(f"{name}, ligne ")


def test_two_branches_that_are_both_always_true() -> None:
    at = line("decision.toml", "sinon = true", 2)
    always = "si = { au-moins-un = [{ age-minimum = 0 }, { age-moins-de = 0 }] }"
    found = refusals(
        ("decision.toml", "si = { age-maximum = 65 }", always),
        ("decision.toml", 'texte = "Après 65 ans"\nsinon = true', f'texte = "Après 65 ans"\n{always}'),
    )
    sentence = "Les branches « suivi-delegue » et « suivi-delegant » peuvent être vraies à la fois."
    assert found == [f"decision.toml, ligne {at} : {sentence}"]


def test_two_branches_that_may_both_be_true() -> None:
    found = refusals(
        ("decision.toml", 'texte = "Après 65 ans"\nsinon = true', 'texte = "Après"\nsi = { age-minimum = 65 }')
    )
    assert [text.partition(" : ")[2] for text in found] == [
        "Les branches « suivi-delegue » et « suivi-delegant » peuvent être vraies à la fois."
    ]


def test_two_branches_that_only_a_way_that_is_never_taken_would_join() -> None:
    """Both hold at 30, and the step is reached at 66 at the least."""
    files = dict(FILES)
    files["decision.toml"] = (
        FILES["decision.toml"]
        .replace('si = { score = "gene", moins-de = 1 }', "si = { age-maximum = 65 }")
        .replace(
            'texte = "Jusqu’à 65 ans"\nsi = { age-maximum = 65 }', 'texte = "Jusqu’à 80"\nsi = { age-maximum = 80 }'
        )
        .replace(
            'texte = "Après 65 ans"\nsinon = true',
            'texte = "Après"\nsi = { au-moins-un = [{ age-plus-de = 80 }, { age-moins-de = 40 }] }',
        )
    )
    (protocol,) = protocols_from_toml(files)
    assert len(protocol.tree) == 2


def test_two_cases_of_a_score() -> None:
    at = line("examen.toml", "age-plus-de = 40")
    assert refusals(("examen.toml", "age-plus-de = 40", "age-plus-de = 30")) == [
        f"examen.toml, ligne {at} : Deux cas d’un score peuvent être vrais à la fois."
    ]


def test_an_act_in_no_branch() -> None:
    assert [text.partition(" : ")[2] for text in refusals(("decision.toml", ', "exemple-suivi"', ""))] == [
        "L’acte « exemple-suivi » n’est dans aucune branche de l’arbre."
    ]


def test_versions_that_overlap() -> None:
    sentence = "Cette version commence avant la fin de la version « 2026.1 » : deux versions se recouvrent."
    assert any(text.endswith(sentence) for text in refusals(("protocole.toml", "\n[[references]]", SECOND)))
    ended = ("protocole.toml", "debut = 2026-06-01\n", "debut = 2026-06-01\nfin = 2027-01-01\n")
    (found,) = [
        text for text in refusals(ended, ("protocole.toml", "\n[[references]]", SECOND)) if text.endswith(sentence)
    ]
    at = line("protocole.toml", "[[references]]") + 4
    assert found.startswith(f"protocole.toml, ligne {at} : ")


def test_the_same_version_twice() -> None:
    again = SECOND.replace("2027.1", "2026.1")
    texts = refusals(("protocole.toml", "\n[[references]]", again))
    assert any(text.endswith("La version « 2026.1 » est écrite deux fois.") for text in texts)


def test_a_fault_of_all_versions_is_told_once() -> None:
    files = dict(FILES)
    files["protocole.toml"] = (
        FILES["protocole.toml"]
        .replace("\n[[references]]", SECOND, 1)
        .replace("debut = 2026-06-01\n", "debut = 2026-06-01\nfin = 2026-12-31\n", 1)
    )
    assert [protocol.version for protocol in protocols_from_toml(files)] == ["2026.1", "2027.1"]
    files["criteres.toml"] = FILES["criteres.toml"].replace('nature = "inclusion"', 'nature = "autre"', 1)
    with pytest.raises(Refused) as refused:
        protocols_from_toml(files)
    assert len(refused.value.issues) == 1


def test_not_a_national_and_a_local_one_in_the_same_folder() -> None:
    """The regime is said once for all the versions: it cannot be mixed."""
    texts = refusals(("protocole.toml", 'version = "2026.1"', 'version = "2026.1"\nregime = "national"'))
    assert any(text.endswith("La clé « regime » n’est pas attendue ici.") for text in texts)


def test_a_contradiction_that_could_not_be_seen_allows_nothing() -> None:
    """Twenty questions make too many cases to try when the protocol is read: the judgement sees it."""
    files = dict(FILES)
    question = (
        '[[rubriques.questions]]\nid = "q{n}"\nlibelle = "Q"\ntype = "oui-non"\nobligatoire = false\n'
        'source = "equipe"\ncertitude = "S"\n\n'
    )
    asked = "".join(question.format(n=n) for n in range(20))
    files["examen.toml"] = FILES["examen.toml"].replace('[[scores]]\nid = "gene"', f'{asked}[[scores]]\nid = "gene"')
    one = "si = { au-moins-un = [" + ", ".join(f'{{ question = "q{n}", est = true }}' for n in range(20)) + "] }"
    files["decision.toml"] = (
        FILES["decision.toml"]
        .replace("si = { age-maximum = 65 }", one)
        .replace('texte = "Après 65 ans"\nsinon = true', f'texte = "Après 65 ans"\n{one}')
    )
    (protocol,) = protocols_from_toml(files)
    answers: dict[str, Answer] = {"demande": True, "temperature": Decimal(37), "aggravation": False, "genant": True}
    answers |= {f"q{n}": n == 7 for n in range(20)}
    judgement = judge(protocol, answers, 50)
    assert judgement.walk is not None
    assert judgement.walk.state == "conflict"
    decision = decide(judgement, answers, answers)
    assert (decision.state, decision.activities) == ("conflict", ())
