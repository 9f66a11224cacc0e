package conformance;

import java.util.ArrayList;
import java.util.List;
import javax.xml.bind.JAXBElement;
import org.openehealth.ipf.commons.ihe.xds.core.stub.ebrs30.rim.ClassificationType;
import org.openehealth.ipf.commons.ihe.xds.core.stub.ebrs30.rim.ExternalIdentifierType;
import org.openehealth.ipf.commons.ihe.xds.core.stub.ebrs30.rim.ExtrinsicObjectType;
import org.openehealth.ipf.commons.ihe.xds.core.stub.ebrs30.rim.IdentifiableType;
import org.openehealth.ipf.commons.ihe.xds.core.stub.ebrs30.rim.RegistryObjectType;
import org.openehealth.ipf.commons.ihe.xds.core.stub.ebrs30.rim.SlotType1;

/**
 * What French identifiers add to IHE's forms, and IPF's validators refuse: the type of an identifier (CX-5, XON-7, XCN-13), and a specialty
 * as a coded element (CE) where IHE has an identifier (CX).
 * Set aside while IPF judges, then put back.
 */
final class French {
    private static final String UNIQUE_ID = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab";
    private final List<Runnable> undo = new ArrayList<>();

    French(IdentifiableType object) {
        strip(object);
    }

    French(List<? extends JAXBElement<? extends IdentifiableType>> objects) {
        objects.forEach(each -> strip(each.getValue()));
    }

    void restore() {
        undo.forEach(Runnable::run);
    }

    /** Identifiers as they were given. */
    static void say(ExtrinsicObjectType told, ExtrinsicObjectType given) {
        for (ExternalIdentifierType identifier : told.getExternalIdentifier()) {
            for (ExternalIdentifierType before : given.getExternalIdentifier()) {
                if (before.getIdentificationScheme().equals(identifier.getIdentificationScheme())) {
                    identifier.setValue(before.getValue());
                }
            }
        }
    }

    static String uniqueId(ExtrinsicObjectType entry) {
        return entry.getExternalIdentifier().stream()
            .filter(each -> UNIQUE_ID.equals(each.getIdentificationScheme()))
            .map(ExternalIdentifierType::getValue)
            .findFirst()
            .orElseThrow();
    }

    private void strip(IdentifiableType object) {
        slots(object.getSlot());
        if (object instanceof RegistryObjectType registered) {
            for (ClassificationType classification : registered.getClassification()) {
                slots(classification.getSlot());
            }
            for (ExternalIdentifierType identifier : registered.getExternalIdentifier()) {
                String before = identifier.getValue();
                identifier.setValue(stripped(before));
                undo.add(() -> identifier.setValue(before));
            }
        }
    }

    private void slots(List<SlotType1> slots) {
        for (SlotType1 slot : slots) {
            List<String> values = slot.getValueList().getValue();
            List<String> before = List.copyOf(values);
            values.replaceAll(French::stripped);
            undo.add(() -> {
                values.clear();
                values.addAll(before);
            });
        }
    }

    private static String stripped(String value) {
        return value
            .replaceAll("(\\^\\^\\^&[0-9.]+&ISO)\\^(NH|PI)(?=$|')", "$1")
            .replaceAll("(&[0-9.]+&ISO)\\^IDNST\\^", "$1^^")
            .replaceAll("(&[0-9.]+&ISO)\\^D\\^\\^\\^IDNPS$", "$1")
            .replaceAll("^([^^&|]+)\\^[^^&]+\\^([0-9.]+)$", "$1^^^&$2&ISO");
    }
}
