"""Story one: a request becomes versions, proof and envelopes, in one commit, or nothing at all.

    place      ids, versions and references of each entry            placement
    check      the shape of what came, then what each type demands   mappings.fhir
    judge      the law and the protocol, on the act's own date       rules, acts
    complete   tasks, proof, trace, envelopes; teams projected       acts, destinations, teams
    commit     all of it, or the answer of an earlier twin           store

Nothing here knows HTTP, and nothing here calls a destination.
"""

from service.intake.asked import ActOutcome, Answer, Asked, Outcome, Result
from service.intake.story import Intake

__all__ = ["ActOutcome", "Answer", "Asked", "Intake", "Outcome", "Result"]
