"""The FHIR face: R4 4.0.1 over HTTP. Translates requests to stories and stories' words to HTTP, nothing else."""
