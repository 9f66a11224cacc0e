"""A subscriber's endpoint: told of events over HTTP (R4 4.0.1, https://hl7.org/fhir/R4/subscription.html#2.46.7.1)."""
