"""The shared patient record (DMP): XDS.b over SOAP 1.2, one document per submission.

IHE ITI TF-2 3.41 (feed), 3.18 (stored queries), 3.43 (retrieve), 3.57 (update); DMP, TD0.2, TD2, TD3. ``package`` makes
the metadata, ``identity`` says who comes, ``send`` carries, ``read`` understands the answer, ``codes`` is the table of
what follows. The record can be asked what it has, by the document's uniqueId: a doubtful feed is looked up before it is
sent again. What an envelope is sent for has one function each:

    publish.publish(record, envelope, document) -> Receipt      new, or replacing what its sealed CDA names
    withdraw.withdraw(record, envelope, document) -> Receipt    deleted, logically; the act was entered in error
    show.show(record, envelope, document) -> Receipt            one change of how it shows: hidden, shown again, archived

Consulting is for a professional, and gives plain values; it never raises for what the record does:

    access = send.Access(record=SharedRecord, sender=identity.sender_for(practitioner, organization), patient=INS in CX)
    consult.find(access, since=None, until=None, statuses=(APPROVED,), classes=(), types=()) -> consult.Found
    consult.find_submission_sets(access, since=None) -> consult.Found
    consult.get_documents(access, unique_ids) -> consult.Found
    consult.get_documents_and_associations(access, unique_ids) -> consult.Found
    consult.get_associations(access, entry_uuids) -> consult.Found
    consult.retrieve(access, entry: mappings.xds.found.DocumentEntry) -> consult.Retrieved

``Found.answered`` and ``Retrieved.answered`` are False when nothing may be shown; ``told`` is then the French sentence.
"""
