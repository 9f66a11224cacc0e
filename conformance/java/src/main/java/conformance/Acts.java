package conformance;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.client.interceptor.BearerTokenAuthInterceptor;
import ca.uhn.fhir.rest.server.exceptions.MethodNotAllowedException;
import org.hl7.fhir.instance.model.api.IIdType;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Procedure;
import org.hl7.fhir.r4.model.StringType;
import org.hl7.fhir.r4.model.Task;
import org.hl7.fhir.r4.model.UriType;
import org.hl7.fhir.r4.model.ValueSet;

/** An act as a transaction, and what follows from it; operations. */
final class Acts extends Journey {
  private final String text;
  private final String token;

  Acts(FhirContext context, String base, String text, String token) {
    super(context, base);
    this.text = text;
    this.token = token;
  }

  @Override
  void play() {
    Bundle[] answer = new Bundle[1];
    step(
        "transaction of an act",
        () -> {
          Bundle sent = context.newJsonParser().parseResource(Bundle.class, text);
          answer[0] = client.transaction().withBundle(sent).execute();
          return answer[0].getEntry().stream().allMatch(e -> e.getResponse().getStatus().startsWith("201"));
        });
    if (answer[0] == null) {
      return;
    }
    String act = answer[0].getEntryFirstRep().getResponse().getLocation().replaceAll("^.*(Procedure/[^/]+).*$", "$1");
    step(
        "an act is not deleted",
        () -> refused(MethodNotAllowedException.class, () -> client.delete().resourceById(new org.hl7.fhir.r4.model.IdType(act)).execute()));
    step(
        "$trace",
        () ->
            client
                .operation()
                .onInstance(act)
                .named("$trace")
                .withNoParameters(Parameters.class)
                .useHttpGet()
                .returnResourceType(Bundle.class)
                .execute()
                .hasEntry());
    step("$acknowledge by the délégant", () -> acknowledged(act));
    claimed(
        "batch",
        serves("batch"),
        () -> {
          Bundle batch = new Bundle().setType(Bundle.BundleType.BATCH);
          batch.addEntry().getRequest().setMethod(Bundle.HTTPVerb.GET).setUrl(act);
          batch.addEntry().getRequest().setMethod(Bundle.HTTPVerb.GET).setUrl("Patient/nobody");
          Bundle told = client.transaction().withBundle(batch).execute();
          return told.getEntry().get(0).getResponse().getStatus().startsWith("200")
              && told.getEntry().get(1).getResponse().getStatus().startsWith("404");
        });
    operations();
  }

  private boolean acknowledged(String act) {
    Bundle tasks =
        client
            .search()
            .forResource(Task.class)
            .where(Task.FOCUS.hasId(act))
            .and(Task.CODE.exactly().code("acknowledge"))
            .returnBundle(Bundle.class)
            .execute();
    IGenericClient delegator = context.newRestfulGenericClient(client.getServerBase());
    delegator.registerInterceptor(new BearerTokenAuthInterceptor(token));
    Parameters comment = new Parameters();
    comment.addParameter().setName("comment").setValue(new StringType("Vu."));
    return delegator
            .operation()
            .onInstance(tasks.getEntryFirstRep().getResource().getIdElement().toUnqualifiedVersionless())
            .named("$acknowledge")
            .withParameters(comment)
            .returnResourceType(Task.class)
            .execute()
            .getStatus()
        == Task.TaskStatus.COMPLETED;
  }

  private void operations() {
    claimed(
        "$everything of a patient",
        operation("Patient", "everything"),
        () -> {
          IIdType id = client.create().resource(patient()).execute().getId().toUnqualifiedVersionless();
          return client
              .operation()
              .onInstance(id)
              .named("$everything")
              .withNoParameters(Parameters.class)
              .useHttpGet()
              .returnResourceType(Bundle.class)
              .execute()
              .hasEntry();
        });
    claimed(
        "$validate",
        operation("Patient", "validate"),
        () -> {
          OperationOutcome told = (OperationOutcome) client.validate().resource(patient()).execute().getOperationOutcome();
          return told.getIssue().stream().noneMatch(i -> i.getSeverity() == OperationOutcome.IssueSeverity.ERROR);
        });
    claimed(
        "$expand",
        operation("ValueSet", "expand"),
        () ->
            client
                .operation()
                .onType(ValueSet.class)
                .named("$expand")
                .withParameter(Parameters.class, "url", new UriType("https://binome.example/fhir/ValueSet/binome-task-code"))
                .returnResourceType(ValueSet.class)
                .execute()
                .getExpansion()
                .hasContains());
    claimed(
        "$meta",
        operation("Patient", "meta"),
        () -> client.meta().get(org.hl7.fhir.r4.model.Meta.class).fromType("Patient").execute() != null);
  }
}
