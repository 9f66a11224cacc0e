package conformance;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.api.PreferReturnEnum;
import ca.uhn.fhir.rest.server.exceptions.PreconditionFailedException;
import ca.uhn.fhir.rest.server.exceptions.ResourceGoneException;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import org.hl7.fhir.instance.model.api.IIdType;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CapabilityStatement.ConditionalDeleteStatus;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.StringType;

/** Create, read, update, patch, delete, conditions and histories. */
final class Writing extends Journey {
  Writing(FhirContext context, String base) {
    super(context, base);
  }

  @Override
  void play() {
    Patient sent = patient();
    step("create", () -> client.create().resource(sent).execute().getCreated());
    IIdType id = client.create().resource(patient()).execute().getId();
    step("read", () -> client.read().resource(Patient.class).withId(id.getIdPart()).execute().hasIdentifier());
    step("vread", () -> client.read().resource(Patient.class).withId(id).execute().getMeta().getVersionId().equals("1"));
    step("update", () -> updated(id).getId().getVersionIdPart().equals("2"));
    step(
        "If-Match of an older version is refused",
        () -> refused(PreconditionFailedException.class, () -> updated(id)));
    step(
        "If-None-Match of the version at hand",
        () -> client.read().resource(Patient.class).withId(id.getIdPart()).ifVersionMatches("2").returnNull().execute() == null);
    step(
        "Prefer: return=minimal",
        () -> client.create().resource(patient()).prefer(PreferReturnEnum.MINIMAL).execute().getResource() == null);
    step(
        "conditional create finds what is there",
        () -> {
          MethodOutcome outcome =
              client
                  .create()
                  .resource(sent)
                  .conditional()
                  .where(Patient.IDENTIFIER.exactly().systemAndIdentifier(LOCAL, sent.getIdentifierFirstRep().getValue()))
                  .execute();
          return !Boolean.TRUE.equals(outcome.getCreated());
        });
    claimed(
        "conditional update",
        resource("Patient").getConditionalUpdate(),
        () -> {
          Patient again = sent.copy();
          again.setActive(true);
          return client
                  .update()
                  .resource(again)
                  .conditional()
                  .where(Patient.IDENTIFIER.exactly().systemAndIdentifier(LOCAL, sent.getIdentifierFirstRep().getValue()))
                  .execute()
                  .getId()
                  .getVersionIdPart()
                  .equals("2");
        });
    claimed(
        "JSON Patch",
        can("Patient", "patch"),
        () ->
            client
                    .patch()
                    .withBody("[{\"op\":\"replace\",\"path\":\"/active\",\"value\":false}]")
                    .withId("Patient/" + id.getIdPart())
                    .execute()
                    .getId()
                != null);
    claimed(
        "FHIRPath Patch",
        can("Patient", "patch"),
        () -> client.patch().withFhirPatch(patch()).withId("Patient/" + id.getIdPart()).execute().getId() != null);
    claimed("history of an instance", can("Patient", "history-instance"), () -> history(id).getEntry().size() >= 2);
    claimed(
        "history of a type",
        can("Patient", "history-type"),
        () -> client.history().onType(Patient.class).returnBundle(Bundle.class).execute().hasEntry());
    claimed(
        "history of the server",
        serves("history-system"),
        () -> client.history().onServer().returnBundle(Bundle.class).execute().hasEntry());
    claimed(
        "delete, then 410",
        can("Patient", "delete"),
        () -> {
          IIdType gone = client.create().resource(patient()).execute().getId().toUnqualifiedVersionless();
          client.delete().resourceById(gone).execute();
          return refused(ResourceGoneException.class, () -> client.read().resource(Patient.class).withId(gone).execute());
        });
    claimed(
        "conditional delete",
        resource("Patient").hasConditionalDelete()
            && resource("Patient").getConditionalDelete() != ConditionalDeleteStatus.NOTSUPPORTED,
        () -> {
          Patient doomed = patient();
          IIdType gone = client.create().resource(doomed).execute().getId().toUnqualifiedVersionless();
          client
              .delete()
              .resourceConditionalByType(Patient.class)
              .where(Patient.IDENTIFIER.exactly().systemAndIdentifier(LOCAL, doomed.getIdentifierFirstRep().getValue()))
              .execute();
          return refused(ResourceGoneException.class, () -> client.read().resource(Patient.class).withId(gone).execute());
        });
    step("a refusal carries its OperationOutcome", this::refusal);
  }

  /** The client itself sends as If-Match the version that the id names. */
  private MethodOutcome updated(IIdType id) {
    Patient patient = client.read().resource(Patient.class).withId(id).execute();
    patient.setActive(true);
    return client.update().resource(patient).execute();
  }

  private Bundle history(IIdType id) {
    return client.history().onInstance(id.toUnqualifiedVersionless()).returnBundle(Bundle.class).execute();
  }

  private static Parameters patch() {
    Parameters patch = new Parameters();
    Parameters.ParametersParameterComponent operation = patch.addParameter().setName("operation");
    operation.addPart().setName("type").setValue(new org.hl7.fhir.r4.model.CodeType("add"));
    operation.addPart().setName("path").setValue(new StringType("Patient"));
    operation.addPart().setName("name").setValue(new StringType("deceased"));
    operation.addPart().setName("value").setValue(new org.hl7.fhir.r4.model.BooleanType(false));
    return patch;
  }

  private boolean refusal() {
    try {
      client.read().resource(Patient.class).withId("nobody").execute();
      return false;
    } catch (ResourceNotFoundException refusal) {
      return ((OperationOutcome) refusal.getOperationOutcome()).hasIssue();
    }
  }
}
