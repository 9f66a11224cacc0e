"""What a mail leads to, once read: a receipt heard, a task for somebody, or nothing but its being kept and shown.

Each effect is in one commit that also claims the mail, as a request is claimed: a process that dies after it and
before the mail is settled leaves the next one a claim that is answered. No mail acknowledges an act, changes an
identity or takes a document into the record: a person does.
"""

import json
from dataclasses import dataclass
from typing import Final

from mappings.fhir.json import parse
from mappings.fhir.task import Duty, TaskCode, about_mail, delivery_task
from mappings.mail.notices import Said
from mappings.mail.reading import Kind, Reading
from service.inbound.hearing import Hearing
from service.inbound.matching import Answered, Matching, Unmatched, answered_at
from service.outbox.envelope import Destination, Envelope
from service.store.inbound import Found, InboundMail, Standing
from service.store.unit import Repeated, RequestClaim, Unit
from service.writes import stamped, write_of

#: What somebody must do about an answer, by where the mail went; words that name no one.
_ANSWERED: Final = {
    Destination.MSSANTE_PROFESSIONAL: "Le délégant a répondu au compte rendu par messagerie : à lire.",
    Destination.MSSANTE_PATIENT: "Le patient a répondu au compte rendu par messagerie : à lire.",
}
_SUSPECTED: Final = "Un message de non-remise semble répondre à l’envoi du compte rendu : à vérifier."
#: Claims that name a mail of ours and yet cannot be about it: somebody looks.
_SUSPECT: Final = frozenset({"contradictory", "other-recipient", "other-sender", "other-box"})


@dataclass(frozen=True, slots=True)
class Effects:
    """Applies readings."""

    hearing: Hearing
    matching: Matching

    def of(self, mail: InboundMail, reading: Reading) -> Found:
        """What ``mail`` was found to be. ``IllegalMove`` when the attempt it speaks of is not over yet."""
        shown = json.dumps(_shown(reading), ensure_ascii=False)
        own = self.matching.is_ours(reading.message_id)
        if own is not None and own.payload is not None and reading.sender in answered_at(own.payload):
            return self._found("echo", own, "", shown)
        try:
            return self._judged(mail, reading, shown)
        except Unmatched as unmatched:
            state = Standing.QUARANTINED if unmatched.code in _SUSPECT else Standing.SETTLED
            named = unmatched.envelope
            return self._found(reading.kind.value, named, unmatched.code, shown, state)

    def _judged(self, mail: InboundMail, reading: Reading, shown: str) -> Found:
        if reading.faults:
            code = " ".join(reading.faults)
            return self._found(reading.kind.value, None, code, shown, Standing.QUARANTINED)
        if reading.kind is Kind.NOTICE:
            return self._notice(mail, reading, shown)
        if reading.kind is Kind.BOUNCE:
            answered = self.matching.of_bounce(reading.answers, mail.box)
            key = f"bounce {answered.envelope.id}"  # several of them are one task
            self._task(mail, answered, "resolve-delivery", _SUSPECTED, key)
            return self._found("bounce", answered.envelope, "suspected", shown)
        if not reading.answers:
            return Found(kind=reading.kind.value, shown=shown)
        answered = self.matching.of_answer(reading.answers, reading.sender, mail.box)
        if reading.kind is not Kind.AUTOMATIC:
            self._task(mail, answered, "read-reply", _ANSWERED[answered.envelope.destination], mail.id)
        return self._found(reading.kind.value, answered.envelope, "", shown)

    def _notice(self, mail: InboundMail, reading: Reading, shown: str) -> Found:
        notice = reading.notice
        assert notice is not None
        answered = self.matching.of_notice(notice, reading.sender, mail.box)
        # Its own bytes are kept with the mail: the journal, which is proved, holds their digest.
        self.hearing.hear(answered, notice, b"mail %s sha256 %s" % (mail.id.encode(), mail.digest.hex().encode()))
        said = notice.said.value if notice.said is not Said.PENDING else "pending"
        return self._found("notice", answered.envelope, f"{said} {notice.code}".strip(), shown)

    def _task(self, mail: InboundMail, answered: Answered, code: TaskCode, reason: str, key: str) -> None:
        acknowledge, document = self.hearing.acknowledge, answered.document
        now = acknowledge.clock()
        type_, id_, _, version = document.act.split("/")
        stored = acknowledge.store.read(type_, id_, int(version))
        if stored is None:
            raise LookupError(f"the act of document {document.id} is not on record")
        procedure = parse(stored.body)
        duty = Duty(
            id=acknowledge.ids(),
            code=code,
            visit=procedure["identifier"][0]["value"],
            authored=now,
            until=None,
            fictitious="security" in procedure.get("meta", {}),
            reason=about_mail(reason, mail.id),
        )
        claim = RequestClaim(scope="inbound", key=key, fingerprint=mail.digest, status=200, answer=b"")
        task = write_of(stamped(delivery_task(procedure, duty), 1, now), 1)
        try:
            acknowledge.store.commit(Unit(chain=document.chain, recorded=now, requests=(claim,), writes=(task,)))
        except Repeated:
            pass  # done before the process ended

    def _found(
        self, kind: str, envelope: Envelope | None, code: str, shown: str, state: Standing = Standing.SETTLED
    ) -> Found:
        document = self.hearing.acknowledge.store.document(envelope.document_id) if envelope else None
        return Found(
            kind=kind,
            code=code,
            envelope_id=envelope.id if envelope else "",
            act=document.act if document else "",
            shown=shown,
            state=state,
        )


def _shown(reading: Reading) -> dict[str, object]:
    """What a page may show; all of it was written by somebody else."""
    return {
        "sender": reading.sender,
        "subject": reading.subject,
        "text": reading.text,
        "attached": [{"name": name, "type": type_, "size": size} for name, type_, size in reading.attached],
        "documents": [{"type": one.type_code, "title": one.title, "size": one.size} for one in reading.documents],
    }
