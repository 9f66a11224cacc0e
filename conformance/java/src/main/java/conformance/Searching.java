package conformance;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.api.SearchStyleEnum;
import ca.uhn.fhir.rest.api.SearchTotalModeEnum;
import ca.uhn.fhir.rest.api.SummaryEnum;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Procedure;

/** Searches, their modifiers, their results, their pages. */
final class Searching extends Journey {
  Searching(FhirContext context, String base) {
    super(context, base);
  }

  @Override
  void play() {
    step(
        "search by token",
        () ->
            client
                .search()
                .forResource(Patient.class)
                .where(Patient.IDENTIFIER.exactly().systemAndIdentifier(LOCAL, "PAT-0001"))
                .returnBundle(Bundle.class)
                .execute()
                .getEntry()
                .size()
                == 1);
    step(
        "search by POST",
        () ->
            client
                .search()
                .forResource(Patient.class)
                .where(Patient.FAMILY.matches().value("test"))
                .usingStyle(SearchStyleEnum.POST)
                .returnBundle(Bundle.class)
                .execute()
                .hasEntry());
    step(
        "search by date",
        () ->
            client
                .search()
                .forResource(Procedure.class)
                .where(Procedure.DATE.afterOrEquals().day("2026-11-01"))
                .and(Procedure.DATE.before().day("2026-12-01"))
                .returnBundle(Bundle.class)
                .execute()
                .hasEntry());
    step("pages to the end, none twice", this::pages);
    boolean follows = resource("Procedure").hasSearchInclude();
    claimed(
        ":exact, _sort, _elements",
        follows,
        () -> {
          Bundle found =
              client
                  .search()
                  .forResource(Patient.class)
                  .where(Patient.FAMILY.matchesExactly().value("TEST-TILLEUL"))
                  .sort()
                  .descending(Patient.BIRTHDATE)
                  .elementsSubset("birthDate")
                  .returnBundle(Bundle.class)
                  .execute();
          Patient told = (Patient) found.getEntryFirstRep().getResource();
          return told.hasBirthDate() && !told.hasGender();
        });
    claimed(
        "_summary=count and _total=accurate",
        follows,
        () -> {
          Bundle counted =
              client.search().forResource(Patient.class).summaryMode(SummaryEnum.COUNT).returnBundle(Bundle.class).execute();
          Bundle total =
              client
                  .search()
                  .forResource(Patient.class)
                  .count(1)
                  .totalMode(SearchTotalModeEnum.ACCURATE)
                  .returnBundle(Bundle.class)
                  .execute();
          return !counted.hasEntry() && counted.getTotal() == total.getTotal() && counted.getTotal() >= 6;
        });
    claimed(
        "_include",
        resource("Procedure").getSearchInclude().stream().anyMatch(s -> s.getValue().startsWith("Procedure:subject")),
        () ->
            client
                .search()
                .forResource(Procedure.class)
                .include(Procedure.INCLUDE_SUBJECT)
                .returnBundle(Bundle.class)
                .execute()
                .getEntry()
                .stream()
                .anyMatch(entry -> entry.getResource() instanceof Patient));
    claimed(
        "_revinclude",
        resource("Patient").getSearchRevInclude().stream().anyMatch(s -> s.getValue().startsWith("Procedure:subject")),
        () ->
            client
                .search()
                .forResource(Patient.class)
                .where(Patient.IDENTIFIER.exactly().systemAndIdentifier(LOCAL, "PAT-0001"))
                .revInclude(Procedure.INCLUDE_SUBJECT)
                .returnBundle(Bundle.class)
                .execute()
                .getEntry()
                .stream()
                .anyMatch(entry -> entry.getResource() instanceof Procedure));
    claimed(
        "chained search",
        // R4 has no word to claim chaining; a server that includes follows references.
        follows,
        () ->
            client
                .search()
                .forResource(Procedure.class)
                .where(Procedure.SUBJECT.hasChainedProperty(Patient.IDENTIFIER.exactly().systemAndIdentifier(LOCAL, "PAT-0001")))
                .returnBundle(Bundle.class)
                .execute()
                .hasEntry());
  }

  private boolean pages() {
    Set<String> seen = new LinkedHashSet<>();
    Bundle page = client.search().forResource(Patient.class).count(3).returnBundle(Bundle.class).execute();
    int met = 0;
    while (true) {
      page.getEntry().forEach(entry -> seen.add(entry.getResource().getIdElement().getIdPart()));
      met += page.getEntry().size();
      if (page.getLink(Bundle.LINK_NEXT) == null) {
        break;
      }
      page = client.loadPage().next(page).execute();
    }
    Bundle whole = client.search().forResource(Patient.class).count(200).returnBundle(Bundle.class).execute();
    Set<String> expected = new HashSet<>();
    whole.getEntry().forEach(entry -> expected.add(entry.getResource().getIdElement().getIdPart()));
    return met == seen.size() && seen.equals(expected);
  }
}
