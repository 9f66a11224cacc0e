"""What the protocol judged of an act, as its Provenance keeps it: the ``execution`` extension, and its reading.

Written for each act: ids only, in lists; the texts are those of the version of the protocol that the act names.
"""

from collections.abc import Iterator

from mappings.codes.systems import EXT_EXECUTION
from mappings.domain.execution import Execution
from mappings.domain.judgement import Judgement, ScoreJudgement
from mappings.domain.logic import Truth
from mappings.elements import Json


def execution_of(judgement: Judgement) -> Json:
    parts = [{"url": name, "valueString": text} for name, text in _parts(judgement) if text]
    return {"url": EXT_EXECUTION, "extension": parts}


_CRITERIA = {"true": Truth.YES, "false": Truth.NO, "undetermined": Truth.UNKNOWN}


def _parts(judgement: Judgement) -> Iterator[tuple[str, str]]:
    for name, truth in _CRITERIA.items():
        yield name, " ".join(judged.criterion.id for judged in judgement.criteria if judged.truth is truth)
    yield "score", " ".join(map(_scored, judgement.scores))
    yield "taken", " ".join(judged.recourse.id for judged in judgement.recourses if judged.satisfied)
    yield "untaken", " ".join(judged.recourse.id for judged in judgement.recourses if not judged.satisfied)
    walk = judgement.walk
    if walk is not None:
        yield "way", " ".join(branch.id for branch in walk.path)
        yield "halt", f"{walk.step.id} {walk.state}" if walk.step else ""
    yield "stop", judgement.stop.link_id if judgement.stop else ""


def _scored(judged: ScoreJudgement) -> str:
    span = str(judged.low) if judged.low == judged.high else f"{judged.low}..{judged.high}"
    return f"{judged.score.id}={span}"


def execution_from(provenance: Json) -> Execution | None:
    """What ``provenance`` keeps; None for one that keeps nothing of the sort."""
    kept = next((one for one in provenance.get("extension", ()) if one["url"] == EXT_EXECUTION), None)
    if kept is None:
        return None
    told = {part["url"]: part["valueString"].split(" ") for part in kept.get("extension", ())}
    halt = told.get("halt", [])
    return Execution(
        criteria={id_: truth for name, truth in _CRITERIA.items() for id_ in told.get(name, ())},
        scores=dict(map(_score, told.get("score", ()))),
        recourses={id_: name == "taken" for name in ("taken", "untaken") for id_ in told.get(name, ())},
        way=tuple(told.get("way", ())),
        halt=(halt[0], halt[1]) if halt else (),
        stop=told.get("stop", [""])[0],
    )


def _score(text: str) -> tuple[str, tuple[int, int]]:
    id_, _, span = text.partition("=")
    low, _, high = span.partition("..")
    return id_, (int(low), int(high or low))
