"""Masked, shown again, corrected, refused, moved, tried, in any order: what leaves is what the last word of each allows."""

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mappings.domain.showing import Showing
from service.outbox.envelope import BRINGS, Destination, Document, Envelope, Lease, State
from service.store import Store, open_store
from service.withdrawal import PLACES
from tests.dispatch.correcting import correct, documents, envelopes, last
from tests.dispatch.places import ANSWER_LOST, ARRIVES, DIES_AFTER, LOST, NOBODY_THERE, TURNED_AWAY, Answer, Crash
from tests.dispatch.reaching import OTHER_BOX, move, share
from tests.dispatch.round import DOCTOR, PATIENT, Round
from tests.dispatch.test_retraction import retract
from tests.dispatch.test_showing import ask
from tests.house import House, act_record
from tests.stores import database, postgres_server, store

__all__ = ["database", "postgres_server", "store"]

#: What each change of how the report shows says, and of what.
CHANGES = {"mask": ("masked", True), "unmask": ("masked", False), "hide": ("hidden", True), "reveal": ("hidden", False)}
#: What the patient says of each mailbox.
SAYS = {
    "no": ("professional_mailbox", False),
    "yes": ("professional_mailbox", True),
    "no patient": ("patient_mailbox", False),
}
STEPS = (*CHANGES, *CHANGES, *SAYS, "correct", "move", "drain", "lease over", "later", "lease", "deliver", "in error")
ANSWERS = [ARRIVES, TURNED_AWAY, NOBODY_THERE, NOBODY_THERE, LOST, ANSWER_LOST, DIES_AFTER]
OPEN = {"dmp": True, "patient_mailbox": True, "professional_mailbox": True}
PENDING = frozenset({State.QUEUED, State.SENDING, State.IN_DOUBT})
SHARES = {DOCTOR: "professional_mailbox", PATIENT: "patient_mailbox"}
HIDES = {DOCTOR: "masked", PATIENT: "hidden"}


class Story:
    """One act, and what was last said of it."""

    def __init__(self, round_: Round, answers: dict[Destination, list[Answer]]) -> None:
        self.round, self.wanted, self.sharing = round_, Showing(), dict(OPEN)
        self.in_error = False
        #: Mailboxes that the patient once closed: what was called off then is not sent by a later yes.
        self.once_closed: set[Destination] = set()
        self.leases: list[Lease] = []
        for place, its in answers.items():
            round_.places[place].written = list(its)
        for place in round_.places.values():
            place.right = self.may_leave

    def may_leave(self, envelope: Envelope, document: Document) -> bool:
        """Of everything that leaves, at the moment that it does."""
        if envelope.purpose not in BRINGS or envelope.destination not in SHARES:
            return True
        hidden = getattr(self.wanted, HIDES[envelope.destination])
        current = document.act == self.round.act
        return not self.in_error and not hidden and current and self.sharing[SHARES[envelope.destination]]

    def go(self, step: str) -> None:
        house = self.round.house
        if step in CHANGES:
            if not self.in_error:
                name, value = CHANGES[step]
                self.wanted = Showing(**{"masked": self.wanted.masked, "hidden": self.wanted.hidden, name: value})
                ask(self.round, masked=self.wanted.masked, hidden=self.wanted.hidden)
        elif step in SAYS:
            name, value = SAYS[step]
            self.sharing[name] = value
            self.once_closed |= {place for place, its in SHARES.items() if its == name and not value}
            share(self.round, **self.sharing)
        elif step == "correct":
            if not self.in_error:
                correct(self.round, f"Conclusion {len(envelopes(self.round))}.")
        elif step == "in error":
            retract(self.round)
            self.in_error = True
        elif step == "move":
            move(self.round, OTHER_BOX)
        elif step == "lease":
            self.leases += house.store.claim(house.clock(), "w", 60, 10, house.ids)
        else:
            with suppress(Crash):
                self._work(step)

    def _work(self, step: str) -> None:
        if step == "deliver":
            leases, self.leases = self.leases, []
            for lease in leases:
                if lease.until > self.round.house.clock():
                    self.round.dispatch.deliver(lease)
        elif step == "drain":
            self.round.drain()
        elif step == "lease over":
            self.round.after_the_lease()
        else:
            self.round.later()

    def ends(self) -> None:
        for place in self.round.places.values():
            place.written = [one for one in place.written if one is not DIES_AFTER]
        for _ in range(14):
            self.go("lease over")
            self.go("later")

    def judge(self) -> None:
        gone = envelopes(self.round)
        journals = [one.code for each in gone for one in self.round.house.store.attempts_of(each.id)]
        assert "defect" not in journals, "nothing left that should not have"
        assert [one for one in gone if one.state in PENDING] == [], "nothing is left under way"
        newest = documents(self.round)[-1]
        duties = " ".join(one["reasonCode"]["text"] for one in self.round.duties() if one["status"] == "requested")
        for place in SHARES:
            mine = [one for one in gone if one.destination is place and one.purpose in BRINGS]
            for document in {one.document_id for one in mine}:
                taken = [one for one in mine if one.document_id == document and one.state is State.ACCEPTED]
                assert len(taken) <= 1, "once"
            closed = place in self.once_closed or getattr(self.wanted, HIDES[place]) or self.in_error
            if closed:
                continue
            final = last(self.round)[place]
            assert final.document_id == newest.id, "its reader has the version in force"
            assert final.state is State.ACCEPTED or PLACES[place] in duties, "or somebody is told that they have not"
        self.round.assert_proved()


def _tell(store: Store, folder: Path, steps: list[str], answers: dict[Destination, list[Answer]]) -> None:
    house = House(store, folder, people=1, dmp_mode="INDIRECTE_RENFORCEE")
    story = Story(Round(house, f"{house.post('acts', act_record()).json['act']}/_history/1"), answers)
    for step in steps:
        story.go(step)
    story.ends()
    story.judge()


_ANSWERS = st.fixed_dictionaries({place: st.lists(st.sampled_from(ANSWERS), max_size=4) for place in (DOCTOR, PATIENT)})


@example(["mask", "unmask"], {})
@example(["mask", "correct", "drain", "unmask"], {})
@example(["drain", "mask", "correct", "unmask"], {DOCTOR: [LOST]})
@example(["lease", "mask", "deliver", "unmask", "mask", "unmask"], {})
@example(["mask", "move", "unmask", "drain"], {DOCTOR: [NOBODY_THERE]})
@example(["hide", "drain", "in error", "later"], {})
@given(steps=st.lists(st.sampled_from(STEPS), max_size=12), answers=_ANSWERS)
@settings(max_examples=10, deadline=None)
def test_what_leaves_is_what_the_last_word_allows(steps: list[str], answers: dict[Destination, list[Answer]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/binome.sqlite", test=True)
        _tell(store, Path(folder), steps, answers)
        store.close()


@pytest.mark.parametrize(
    "steps",
    [
        ["drain", "mask", "correct", "lease", "unmask", "deliver", "hide", "correct", "reveal"],
        ["mask", "hide", "move", "drain", "reveal", "mask", "unmask", "no patient", "in error"],
    ],
)
def test_the_same_on_both_stores(store: Store, tmp_path: Path, steps: list[str]) -> None:
    _tell(store, tmp_path, steps, {DOCTOR: [NOBODY_THERE, LOST], PATIENT: [NOBODY_THERE]})
