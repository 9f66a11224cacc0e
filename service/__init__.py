"""Two short stories that meet at one table.

    receive   bytes in; who calls; one function called                 api/ records/
    parse     FHIR JSON or XML, or a flat record, to a reading         mappings/     refuses
    decide    the law and the protocol, on the act's own date          rules/        collects every fault
    map       reading to what each destination will be told            mappings/     refuses
    store     resource, history, index, proof, envelopes: ONE commit   store/        then 201
    ------------------------------------------------ the two stories meet only in this table
    claim     envelopes leased, attempt journalled, connection freed   store/
    deliver   the one network call, no transaction open                clients/
    settle    the answer, the next state and a proof, one commit       acknowledge

Story one is ``intake``, story two is ``dispatch``; ``app`` and ``worker`` compose them.
"""
