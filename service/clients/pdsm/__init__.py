"""A shared patient record that speaks FHIR: PDSm 3.1.1 on IHE MHD, one document per submission.

ITI-65 or ITI-105 (feed), ITI-67 (look-up and search), ITI-66, ITI-68 (retrieve), PATCH (change). ``package`` makes the
transaction, ``send`` carries, ``read`` understands the answer, ``codes`` is the table of outcomes, ``reader`` is for
consulting. What is changed of a document is in ``update``:

    withdraw(record, envelope, document) -> Receipt
    show(record, envelope, document) -> Receipt            one change of how it shows: hidden, shown again, archived
"""
