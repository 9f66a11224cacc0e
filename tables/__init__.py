"""The tables of FHIR R4 4.0.1, drawn from the models of ``fhir.resources``: ``python -m tables [--check]``.

``models`` reads the models, ``differences`` holds them to 4.0.1, the command writes what ``mappings.fhir.definitions``
reads. Nothing of the service imports this room, nor the models. Why so: decision 69.
"""
