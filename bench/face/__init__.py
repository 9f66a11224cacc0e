"""The FHIR face beside other servers: create, read, search, transaction, each with the same bytes to everyone."""
