package conformance;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.hl7.fhir.r4.model.CapabilityStatement;
import org.hl7.fhir.r4.model.CapabilityStatement.CapabilityStatementRestComponent;
import org.hl7.fhir.r4.model.CapabilityStatement.CapabilityStatementRestResourceComponent;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.Enumerations.AdministrativeGender;
import org.hl7.fhir.r4.model.HumanName;
import org.hl7.fhir.r4.model.Identifier;
import org.hl7.fhir.r4.model.Patient;

/** What every part of the journey is made of: a client, what the server claims, and steps that hold or not. */
abstract class Journey {
  static final String LOCAL = "urn:oid:1.2.250.1.999.1.1.20260.2";
  static final String ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason";

  final FhirContext context;
  final IGenericClient client;
  final CapabilityStatementRestComponent rest;
  private boolean failed;

  Journey(FhirContext context, String base) {
    this.context = context;
    client = context.newRestfulGenericClient(base);
    rest = client.capabilities().ofType(CapabilityStatement.class).execute().getRestFirstRep();
  }

  /** Plays the steps; whether all of them held. */
  final boolean held() throws Exception {
    play();
    return !failed;
  }

  abstract void play() throws Exception;

  static Patient patient() {
    Patient patient = new Patient();
    patient.getMeta().addSecurity().setSystem(ACT_REASON).setCode("HTEST");
    Identifier identifier = patient.addIdentifier().setUse(Identifier.IdentifierUse.USUAL).setSystem(LOCAL);
    identifier.setValue("HAPI-" + UUID.randomUUID());
    identifier.getType().addCoding().setSystem("http://terminology.hl7.org/CodeSystem/v2-0203").setCode("PI");
    patient.addName().setUse(HumanName.NameUse.OFFICIAL).setFamily("TEST-HETRE").addGiven("ALIX");
    patient.setGender(AdministrativeGender.FEMALE).setBirthDateElement(new DateType("1988-03-02"));
    return patient;
  }

  CapabilityStatementRestResourceComponent resource(String type) {
    return rest.getResource().stream()
        .filter(resource -> resource.getType().equals(type))
        .findFirst()
        .orElseGet(CapabilityStatementRestResourceComponent::new);
  }

  boolean can(String type, String interaction) {
    return resource(type).getInteraction().stream().anyMatch(i -> interaction.equals(i.getCode().toCode()));
  }

  boolean serves(String interaction) {
    return rest.getInteraction().stream().anyMatch(i -> interaction.equals(i.getCode().toCode()));
  }

  boolean operation(String type, String name) {
    return resource(type).getOperation().stream().anyMatch(operation -> operation.getName().equals(name))
        || rest.getOperation().stream().anyMatch(operation -> operation.getName().equals(name));
  }

  static boolean refused(Class<? extends BaseServerResponseException> as, Callable<?> asked) throws Exception {
    try {
      asked.call();
      return false;
    } catch (BaseServerResponseException refusal) {
      return as.isInstance(refusal);
    }
  }

  void claimed(String name, boolean claims, Callable<Boolean> work) {
    if (claims) {
      step(name, work);
    } else {
      System.out.println("SKIP\t" + name + "\tnot claimed in the CapabilityStatement");
    }
  }

  void step(String name, Callable<Boolean> work) {
    try {
      boolean held = work.call();
      failed |= !held;
      System.out.println((held ? "PASS\t" : "FAIL\t") + name + (held ? "" : "\tnot as expected"));
    } catch (Exception error) {
      failed = true;
      System.out.println("FAIL\t" + name + "\t" + String.valueOf(error.getMessage()).replaceAll("\\s+", " "));
    }
  }
}
