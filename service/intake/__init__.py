"""Story one: a request becomes versions, proof and envelopes, in one commit, or nothing at all.

    place      ids, versions and references of each entry            placement, awaited, amending
    check      what may come, its shape, what must hold beside it    checking: admission, dangling, belonging…
    judge      the law and the protocol, on the act's own date       judging: cases, acts, correction, retraction…
    complete   who is told and who proves it; teams projected        completing: adverse, replies, arranging, teams
    commit     all of it, or the answer of an earlier twin           committing: claims; repeats

``story`` is the page that tells them in turn. Nothing here knows HTTP, and nothing here calls a destination.
"""

from service.intake.asked import ActOutcome, Answer, Asked, Outcome, Result
from service.intake.story import Intake

__all__ = ["ActOutcome", "Answer", "Asked", "Intake", "Outcome", "Result"]
