package conformance;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.api.EncodingEnum;
import org.hl7.fhir.instance.model.api.IIdType;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Patient;

/** The same in XML. */
final class Xml extends Journey {
  Xml(FhirContext context, String base) {
    super(context, base);
    client.setEncoding(EncodingEnum.XML);
  }

  @Override
  void play() {
    step("create and read in XML", () -> {
      Patient sent = patient();
      IIdType id = client.create().resource(sent).execute().getId();
      Patient read = client.read().resource(Patient.class).withId(id.getIdPart()).execute();
      return read.getIdentifierFirstRep().equalsDeep(sent.getIdentifierFirstRep());
    });
    step(
        "search in XML",
        () -> client.search().forResource(Patient.class).count(2).returnBundle(Bundle.class).execute().getEntry().size() == 2);
  }
}
