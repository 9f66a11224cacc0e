"""Declared teams: taken in from the State portal or from a file, kept as Tasks, compared with the enrolments.

https://hl7.org/fhir/R4/task.html, code ``declare-team``. Used and declared stay two facts: nothing here refuses an act.
"""

from service.declarations.keeping import Keeping, Kept
from service.declarations.polling import Poll, poll, watermark
from service.declarations.reading import TeamView, declarations_of, team_view

__all__ = ["Keeping", "Kept", "Poll", "TeamView", "declarations_of", "poll", "team_view", "watermark"]
