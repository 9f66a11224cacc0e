"""The shared patient record (DMP): XDS.b over SOAP 1.2, one document per submission.

IHE ITI TF-2 3.41 (feed), 3.18 (look-up); DMP, TD2.2. ``package`` makes the metadata, ``identity`` says who comes,
``send`` carries, ``read`` understands the answer, ``codes`` is the table of outcomes. The record can be asked what
it has, by the document's uniqueId: a doubtful feed is looked up before it is sent again.
"""
