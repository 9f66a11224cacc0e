package conformance;

import ca.uhn.fhir.context.FhirContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.hl7.fhir.r4.model.CapabilityStatement;

/**
 * The generic client of HAPI FHIR, as it is, against a running server.
 *
 * <p>Arguments: FHIR base, a délégant's token, a file that holds an act as a transaction. Prints {@code PASS}, {@code
 * FAIL} or {@code SKIP} and the step; exits 1 when one failed. What the server does not claim in its
 * CapabilityStatement is skipped.
 */
public final class Client {
  private Client() {}

  public static void main(String[] arguments) throws Exception {
    String base = arguments[0];
    String act = Files.readString(Path.of(arguments[2]));
    FhirContext context = FhirContext.forR4();
    context.getRestfulClientFactory().setSocketTimeout(30_000);
    boolean held = true;
    for (Journey journey :
        List.of(
            new Writing(context, base),
            new Searching(context, base),
            new Acts(context, base, act, arguments[1]),
            new Xml(context, base))) {
      held &= journey.held();
    }
    System.exit(held ? 0 : 1);
  }
}
