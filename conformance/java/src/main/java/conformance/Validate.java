package conformance;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r4.model.Resource;

/**
 * The HL7 validator (org.hl7.fhir.validation, as HAPI carries it), without a network, over every file of a folder.
 *
 * <p>Arguments: the folder to judge, then the folders of what we publish. Prints one line a message: severity, file, place,
 * identifier of the message and its text, between tabs; then {@code judged} and the number of files. A file on which it
 * throws has the one message {@code crashed}.
 */
public final class Validate {
  private static final String CRASHED = "crashed";

  private Validate() {}

  public static void main(String[] arguments) throws IOException {
    FhirContext context = FhirContext.forR4();
    List<Path> folders = Stream.of(arguments).map(Path::of).toList();
    FhirValidator validator = validator(context, folders.subList(1, folders.size()));
    List<Path> files = files(folders.get(0));
    for (Path file : files) {
      try {
        for (SingleValidationMessage message : validator.validateWithResult(Files.readString(file)).getMessages()) {
          tell(
              message.getSeverity().getCode(),
              file,
              message.getLocationString(),
              message.getMessageId(),
              message.getMessage());
        }
      } catch (RuntimeException defect) {
        // It threw, and judged nothing: that is told of this file, and the next one is judged.
        tell("fatal", file, "", CRASHED, defect.toString());
      }
    }
    System.out.println("judged\t" + files.size());
  }

  private static void tell(String severity, Path file, String place, String id, String text) {
    String said = String.valueOf(text).replaceAll("\\s+", " ");
    System.out.println(String.join("\t", severity, file.getFileName().toString(), String.valueOf(place), String.valueOf(id), said));
  }

  private static FhirValidator validator(FhirContext context, List<Path> definitions) throws IOException {
    Published ours = new Published(context);
    for (Path folder : definitions) {
      for (Path file : files(folder)) {
        ours.add((Resource) context.newJsonParser().parseResource(Files.readString(file)));
      }
    }
    // A code system that nobody here holds (RPPS professions, FINESS categories) is said, not an error.
    UnknownCodeSystemWarningValidationSupport unknown = new UnknownCodeSystemWarningValidationSupport(context);
    ValidationSupportChain chain =
        new ValidationSupportChain(
            new DefaultProfileValidationSupport(context),
            ours,
            new CommonCodeSystemsTerminologyService(context),
            new InMemoryTerminologyServerValidationSupport(context),
            new SnapshotGeneratingValidationSupport(context),
            unknown);
    FhirInstanceValidator judge = new FhirInstanceValidator(chain);
    judge.setErrorForUnknownProfiles(true);
    // Extensions of FR Core are used; its package cannot be had offline.
    judge.setAnyExtensionsAllowed(true);
    return context.newValidator().registerValidatorModule(judge);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> found = Files.list(folder)) {
      return found.filter(path -> path.toString().endsWith(".json")).sorted().toList();
    }
  }
}
