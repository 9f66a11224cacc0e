"""Commit: the answer is written, then all of it is one durable unit; ``Repeated``, ``Stale`` and ``Fenced`` leave no trace."""

from collections.abc import Sequence

from service.intake.asked import Answer, Outcome, Result
from service.intake.claims import Freed, claims
from service.intake.effect import Effect
from service.intake.judging import Judged
from service.intake.placement import Placed
from service.intake.telling import Telling
from service.store.unit import RequestClaim, Unit, Write


def commit(
    placed: Sequence[Placed],
    judged: Judged,
    effect: Effect,
    telling: Telling,
    *,
    told: int,
    freed: Freed,
    turns: Sequence[RequestClaim],
) -> Answer:
    """The first ``told`` of what is placed is what the caller is answered of, entry by entry.

    ``freed``: claims that are nobody's any more; ``turns``: those that this commit alone may have (``awaited``).
    """
    outcome = Outcome(results=_results(placed[:told], effect.writes), recorded=telling.now, acts=judged.acts)
    body = telling.asked.render(outcome)
    status = 201 if any(one.writes for one in placed) else 200
    telling.store.commit(
        Unit(
            chain=judged.chain,
            recorded=telling.now,
            relies_on=tuple((*key, version) for key, version in telling.knowledge.relied.items()),
            requests=(*claims(placed, telling.asked, status, body, freed), *turns),
            writes=tuple(effect.writes),
            documents=tuple(effect.documents),
            envelopes=tuple(effect.envelopes),
            stands_on=tuple(effect.stands_on),
            settlements=tuple(effect.settlements),
        )
    )
    return Answer(status=status, body=body, outcome=outcome)


def _results(told: Sequence[Placed], writes: Sequence[Write]) -> tuple[Result, ...]:
    """The first writes of the commit are those of the entries, in their order."""
    own = iter(writes)
    return tuple(_result(one, next(own) if one.writes else None) for one in told)


def _result(item: Placed, write: Write | None) -> Result:
    return Result(
        type=item.entry.type,
        id=item.id,
        version=item.version,
        created=item.writes,
        effect=item.effect,
        resource=None if item.effect == "deleted" or not item.resource else item.resource,
        body=b"" if write is None or callable(write.body) else write.body,
    )
