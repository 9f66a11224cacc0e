"""The six questions of an identity sheet, answered from the definition that is executed."""

import datetime as dt
from collections.abc import Iterator

from mappings.domain import wording
from mappings.domain.cooperation import Period
from mappings.domain.evidence import TO_VALIDATE, Fact
from mappings.domain.logic import Points
from mappings.domain.protocol import Criterion, CriterionKind, FormItem, Profession, Protocol
from mappings.domain.sheet.model import Item, Question, Statement


def questions(protocol: Protocol, day: dt.date) -> tuple[Question, ...]:
    return (
        Question(key="pourquoi", title="Pourquoi ?", items=tuple(_why(protocol))),
        Question(key="qui", title="Qui ?", items=tuple(_who(protocol, day))),
        Question(key="quoi", title="Quoi ?", items=tuple(_what(protocol))),
        Question(key="quand", title="Quand ?", items=tuple(_when(protocol))),
        Question(key="comment", title="Comment ?", items=tuple(_how(protocol))),
        Question(key="ou", title="Où ?", items=tuple(_where(protocol, day))),
    )


def _why(protocol: Protocol) -> Iterator[Item]:
    yield Item(key="objectifs", title="Objectifs", statements=_facts(protocol.objective), mandatory=True)
    yield Item(key="domaine", title="Domaine", statements=_facts(protocol.domain))
    yield Item(key="recommandation", title="Recommandation suivie", statements=_facts(protocol.recommendation))


def _who(protocol: Protocol, day: dt.date) -> Iterator[Item]:
    completeness = protocol.completeness
    yield Item(
        key="public",
        title="Public cible",
        statements=_criteria(protocol, "inclusion"),
        mandatory=True,
        completeness=completeness["inclusion"],
    )
    yield Item(
        key="exclusions",
        title="N’entrent pas dans le protocole",
        statements=_criteria(protocol, "exclusion", "red-flag"),
        completeness=completeness["exclusion"],
    )
    people = (("Délégant", protocol.delegators), ("Délégué", protocol.delegatees))
    yield Item(
        key="delegants-delegues",
        title="Délégants et délégués",
        statements=tuple(_profession(role, one, protocol, day) for role, all_ in people for one in all_),
        mandatory=True,
    )


def _what(protocol: Protocol) -> Iterator[Item]:
    yield Item(
        key="actes-derogatoires",
        title="Actes dérogatoires autorisés",
        statements=_acts(protocol, derogatory=True),
        mandatory=True,
        completeness=protocol.completeness["acts"],
    )
    yield Item(key="autres-actes", title="Autres actes de la liste", statements=_acts(protocol, derogatory=False))


def _when(protocol: Protocol) -> Iterator[Item]:
    completeness = protocol.completeness
    dating = protocol.dating
    dates = (wording.period(protocol.period).capitalize(),) if protocol.period else ()
    yield Item(
        key="dates",
        title="Dates d’effet",
        statements=tuple(Statement(text=text, source=dating.source, certainty=dating.certainty) for text in dates),
    )
    yield Item(
        key="recours",
        title="Recours au délégant",
        statements=tuple(
            Statement(text=recourse.text, source=recourse.source, certainty=recourse.certainty)
            for recourse in protocol.recourses
        ),
        completeness=completeness["recourse"],
    )
    yield Item(
        key="sortie",
        title="Sortie du protocole",
        statements=_criteria(protocol, "withdrawal"),
        completeness=completeness["withdrawal"],
    )
    yield Item(key="disponibilite", title="Disponibilité du délégant", statements=_facts(protocol.availability))


def _how(protocol: Protocol) -> Iterator[Item]:
    completeness = protocol.completeness
    yield Item(
        key="formations",
        title="Formations nécessaires",
        statements=tuple(
            Statement(text=wording.training(training), source=training.source, certainty=training.certainty)
            for training in protocol.trainings
        ),
        mandatory=True,
        completeness=completeness["training"],
    )
    yield Item(
        key="examen",
        title="Étapes de l’examen",
        statements=tuple(_steps(protocol)),
        completeness=completeness["exam"],
    )
    yield Item(key="scores", title="Scores", statements=tuple(_scores(protocol)))
    yield Item(key="decision", title="Issues", statements=tuple(_outcomes(protocol)))
    yield Item(
        key="information",
        title="Information et consentement",
        statements=_facts(protocol.consent),
        completeness=completeness["information"],
    )
    yield Item(key="contact", title="Contact avec le délégant", statements=_facts(protocol.contact))
    yield Item(key="compte-rendu", title="Compte rendu", statements=_facts(protocol.report))
    yield Item(key="risques", title="Gestion des risques", statements=_facts(protocol.risks))
    yield Item(key="assurance", title="Assurance", statements=_facts(protocol.insurance))
    yield Item(key="indicateurs", title="Indicateurs propres", statements=_facts(*protocol.indicators))
    yield Item(key="remuneration", title="Rémunération", statements=_facts(*protocol.pay))


def _where(protocol: Protocol, day: dt.date) -> Iterator[Item]:
    yield Item(
        key="structures",
        title="Structures",
        statements=tuple(
            Statement(
                text=_dated(structure.display, structure.period, protocol, day)
                + (" – démonstration seulement, avec des personnes fictives" if structure.demonstration_only else ""),
                source=structure.source,
                certainty=structure.certainty,
            )
            for structure in protocol.structures
        ),
    )


def _criteria(protocol: Protocol, *kinds: CriterionKind) -> tuple[Statement, ...]:
    return tuple(_criterion(criterion) for criterion in protocol.criteria if criterion.kind in kinds)


def _criterion(criterion: Criterion) -> Statement:
    before = "Signe d’alerte : " if criterion.kind == "red-flag" else ""
    after = " – appel des urgences" if criterion.emergency else ""
    return Statement(text=f"{before}{criterion.text}{after}", source=criterion.source, certainty=criterion.certainty)


def _profession(role: str, profession: Profession, protocol: Protocol, day: dt.date) -> Statement:
    return Statement(
        text=f"{role} : {_dated(profession.display, profession.period, protocol, day)}",
        source=profession.source,
        certainty=profession.certainty,
    )


def _dated(text: str, period: Period, protocol: Protocol, day: dt.date) -> str:
    """With its own period when that is not the whole of the version, and whether the day is out of it."""
    whole = protocol.period
    spans = whole is not None and period.start <= whole.start
    if spans and (period.end is None or (whole is not None and whole.end is not None and whole.end <= period.end)):
        return text
    out = "" if period.covers(day) or not protocol.in_force(day) else f", donc pas le {wording.day(day)}"
    return f"{text}, {wording.period(period)}{out}"


def _acts(protocol: Protocol, *, derogatory: bool) -> tuple[Statement, ...]:
    items = {item.link_id: item for item in protocol.exam_items}
    said = []
    for activity in protocol.activities:
        if activity.derogatory is not derogatory:
            continue
        details = []
        if activity.condition is not None:
            text = f"Condition : {wording.condition(activity.condition, items)}"
            details.append(Statement(text=text, source=activity.source, certainty=activity.certainty))
        if activity.professions:
            text = wording.reserved(activity)
            details.append(Statement(text=text, source=activity.source, certainty=activity.certainty))
        if activity.limit is not None:
            details.append(fact(activity.limit))
        if activity.derogatory_certainty in TO_VALIDATE:
            text = f"Caractère {'' if derogatory else 'non '}dérogatoire"
            details.append(Statement(text=text, source=activity.source, certainty=activity.derogatory_certainty))
        said.append(
            Statement(text=activity.title, source=activity.source, certainty=activity.certainty, details=tuple(details))
        )
    return tuple(said)


def _steps(protocol: Protocol) -> Iterator[Statement]:
    """The steps of the exam in their order; a question is named when it is « à valider »."""
    for place, section in enumerate(protocol.exam, 1):
        role = " (délégant)" if section.role == "DELEGATOR" else ""
        count = wording.counted(len(section.items), "question", "questions")
        yield _whole(f"{place}. {section.title}{role} : {count}", section.items)


def _scores(protocol: Protocol) -> Iterator[Statement]:
    for score in protocol.scores:
        yield _whole(f"{score.title} : {wording.counted(len(score.points), 'ligne', 'lignes')}", score.points)


def _whole(text: str, parts: tuple[FormItem, ...] | tuple[Points, ...]) -> Statement:
    """Parts that are not named one by one: what is « à valider » among them is, beneath."""
    doubtful = [part for part in parts if part.certainty in TO_VALIDATE]
    known = next((part for part in parts if part.certainty not in TO_VALIDATE), parts[0])
    return Statement(
        text=f"{text}, dont {len(doubtful)} à valider" if doubtful and known not in doubtful else text,
        source=known.source,
        certainty=known.certainty,
        details=tuple(Statement(text=part.text, source=part.source, certainty=part.certainty) for part in doubtful),
    )


def _outcomes(protocol: Protocol) -> Iterator[Statement]:
    for outcome in protocol.outcomes:
        when = "Patient éligible" if outcome.when == "eligible" else "Patient non éligible, ou critère non établi"
        yield Statement(text=f"{when} : {outcome.text}", source=outcome.source, certainty=outcome.certainty)


def _facts(*facts: Fact | None) -> tuple[Statement, ...]:
    return tuple(fact(one) for one in facts if one is not None)


def fact(fact: Fact) -> Statement:
    return Statement(text=fact.text, source=fact.source, certainty=fact.certainty)
