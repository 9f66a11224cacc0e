package conformance;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.activation.DataHandler;
import javax.xml.bind.JAXBElement;
import javax.xml.namespace.QName;
import javax.xml.ws.soap.SOAPBinding;
import org.apache.cxf.attachment.ByteDataSource;
import org.apache.cxf.binding.soap.SoapMessage;
import org.apache.cxf.binding.soap.interceptor.AbstractSoapInterceptor;
import org.apache.cxf.jaxws.JaxWsServerFactoryBean;
import org.apache.cxf.phase.Phase;
import org.apache.cxf.ws.addressing.WSAddressingFeature;
import org.openehealth.ipf.commons.ihe.xds.XDS;
import org.openehealth.ipf.commons.ihe.xds.core.ebxml.ebxml30.*;
import org.openehealth.ipf.commons.ihe.xds.core.metadata.*;
import org.openehealth.ipf.commons.ihe.xds.core.requests.query.*;
import org.openehealth.ipf.commons.ihe.xds.core.responses.*;
import org.openehealth.ipf.commons.ihe.xds.core.stub.ebrs30.query.AdhocQueryRequest;
import org.openehealth.ipf.commons.ihe.xds.core.stub.ebrs30.query.AdhocQueryResponse;
import org.openehealth.ipf.commons.ihe.xds.core.stub.ebrs30.rim.ExtrinsicObjectType;
import org.openehealth.ipf.commons.ihe.xds.core.stub.ebrs30.rim.IdentifiableType;
import org.openehealth.ipf.commons.ihe.xds.core.stub.ebrs30.rs.RegistryResponseType;
import org.openehealth.ipf.commons.ihe.xds.core.transform.requests.*;
import org.openehealth.ipf.commons.ihe.xds.core.transform.responses.*;
import org.openehealth.ipf.commons.ihe.xds.core.validate.XDSMetaDataException;
import org.openehealth.ipf.commons.ihe.xds.core.validate.requests.*;
import org.openehealth.ipf.commons.ihe.xds.iti18.Iti18PortType;
import org.openehealth.ipf.commons.ihe.xds.iti41.Iti41PortType;
import org.openehealth.ipf.commons.ihe.xds.iti43.Iti43PortType;

/**
 * An XDS.b repository and registry on loopback: SOAP, MTOM and addressing are CXF's; reading, judging and answering are
 * IPF's. What is ours is the shelf: a map of documents, and the two rules of a registry about one name twice.
 * Argument: the port. Says {@code ready} when it listens; ends when its input does.
 */
public final class Record {
    private static final String REPOSITORY = "1.2.250.1.999.1.1.20260.98";
    private static final EbXMLFactory30 FACTORY = new EbXMLFactory30();
    private static final Map<String, Document> SHELF = Collections.synchronizedMap(new LinkedHashMap<>());

    /** What the sender said of each, by uniqueId: IPF's own model has no room for what is French in it. */
    private static final Map<String, ExtrinsicObjectType> GIVEN = Collections.synchronizedMap(new LinkedHashMap<>());

    private Record() {}

    public static void main(String[] arguments) throws Exception {
        String base = "http://127.0.0.1:" + arguments[0] + "/";
        publish(base + "iti41", Iti41PortType.class, (Iti41PortType) Record::provide);
        publish(base + "iti18", Iti18PortType.class, (Iti18PortType) Record::query);
        publish(base + "iti43", Iti43PortType.class, (Iti43PortType) Record::retrieve);
        System.out.println("ready");
        while (System.in.read() >= 0) {
            // Until whoever started us is gone.
        }
        System.exit(0);
    }

    private static RegistryResponseType provide(ProvideAndRegisterDocumentSetRequestType request) {
        List<? extends JAXBElement<? extends IdentifiableType>> objects =
            request.getSubmitObjectsRequest().getRegistryObjectList().getIdentifiable();
        French french = new French(objects);
        try {
            var ebxml = new EbXMLProvideAndRegisterDocumentSetRequest30(request);
            ProvideAndRegisterDocumentSetRequestValidator.getInstance().validate(ebxml, XDS.Interactions.ITI_41);
            var set = new ProvideAndRegisterDocumentSetTransformer(FACTORY).fromEbXML(ebxml);
            for (Document document : set.getDocuments()) {
                byte[] content = bytes(document.getDataHandler());
                DocumentEntry entry = document.getDocumentEntry();
                String sha1 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(content));
                if (entry.getHash() != null && !entry.getHash().equalsIgnoreCase(sha1)) {
                    return refused(ErrorCode.REPOSITORY_METADATA_ERROR, "hash");
                }
                if (entry.getSize() != null && entry.getSize() != content.length) {
                    return refused(ErrorCode.REPOSITORY_METADATA_ERROR, "size");
                }
                Document known = SHELF.get(entry.getUniqueId());
                if (known != null) {
                    boolean same = known.getDocumentEntry().getHash().equalsIgnoreCase(sha1);
                    return refused(same ? ErrorCode.DUPLICATE_UNIQUE_ID_IN_REGISTRY : ErrorCode.NON_IDENTICAL_HASH, "uniqueId");
                }
                entry.setHash(sha1);
                entry.setSize((long) content.length);
                document.setDataHandler(new DataHandler(new ByteDataSource(content, entry.getMimeType())));
            }
            for (Association link : set.getAssociations()) {
                if (link.getAssociationType() == AssociationType.REPLACE && !deprecated(link.getTargetUuid())) {
                    return refused(ErrorCode.UNRESOLVED_REFERENCE_EXCEPTION, "RPLC");
                }
            }
            for (Document document : set.getDocuments()) {
                DocumentEntry entry = document.getDocumentEntry();
                entry.setEntryUuid("urn:uuid:" + UUID.randomUUID());
                entry.setLogicalUuid(entry.getEntryUuid());
                entry.setVersion(new Version("1"));
                entry.setAvailabilityStatus(AvailabilityStatus.APPROVED);
                entry.setRepositoryUniqueId(REPOSITORY);
                SHELF.put(entry.getUniqueId(), document);
            }
            french.restore();
            for (JAXBElement<? extends IdentifiableType> object : objects) {
                if (object.getValue() instanceof ExtrinsicObjectType given) {
                    GIVEN.put(French.uniqueId(given), given);
                }
            }
            return new ResponseTransformer(FACTORY).toEbXML(new Response(Status.SUCCESS)).getInternal();
        } catch (XDSMetaDataException refusal) {
            return refused(refusal.getValidationMessage().getErrorCode(), refusal.getMessage());
        } catch (Exception broken) {
            return refused(ErrorCode.REPOSITORY_ERROR, String.valueOf(broken));
        }
    }

    private static AdhocQueryResponse query(AdhocQueryRequest request) {
        QueryResponse response = new QueryResponse(Status.SUCCESS);
        try {
            new French(request.getAdhocQuery());
            var ebxml = new EbXMLAdhocQueryRequest30(request);
            AdhocQueryRequestValidator.getInstance().validate(ebxml, XDS.Interactions.ITI_18);
            Query query = new QueryRegistryTransformer().fromEbXML(ebxml).getQuery();
            List<DocumentEntry> found = new ArrayList<>();
            for (Document document : List.copyOf(SHELF.values())) {
                DocumentEntry entry = document.getDocumentEntry();
                if (query instanceof GetByIdQuery by && by.getUniqueIds() != null
                        ? by.getUniqueIds().contains(entry.getUniqueId())
                        : query instanceof FindDocumentsQuery find
                            && find.getStatus().contains(entry.getAvailabilityStatus())
                            && find.getPatientId().equals(entry.getPatientId())) {
                    found.add(entry);
                }
            }
            response.setDocumentEntries(found);
        } catch (XDSMetaDataException refusal) {
            response = new QueryResponse(Status.FAILURE);
            response.setErrors(List.of(error(refusal.getValidationMessage().getErrorCode(), refusal.getMessage())));
        }
        AdhocQueryResponse answer = new QueryResponseTransformer(FACTORY).toEbXML(response).getInternal();
        if (answer.getRegistryObjectList() != null) {
            for (JAXBElement<? extends IdentifiableType> object : answer.getRegistryObjectList().getIdentifiable()) {
                if (object.getValue() instanceof ExtrinsicObjectType told) {
                    French.say(told, GIVEN.get(French.uniqueId(told)));
                }
            }
        }
        return answer;
    }

    private static RetrieveDocumentSetResponseType retrieve(RetrieveDocumentSetRequestType request) {
        var ebxml = new EbXMLNonconstructiveDocumentSetRequest30<>(request);
        RetrievedDocumentSet answer = new RetrievedDocumentSet(Status.SUCCESS, new ArrayList<>());
        try {
            NonconstructiveDocumentSetRequestValidator.getInstance().validate(ebxml, XDS.Interactions.ITI_43);
            for (var asked : new RetrieveDocumentSetRequestTransformer(FACTORY).fromEbXML(ebxml).getDocuments()) {
                Document known = SHELF.get(asked.getDocumentUniqueId());
                if (known == null || !REPOSITORY.equals(asked.getRepositoryUniqueId())) {
                    answer.setStatus(Status.FAILURE);
                    answer.setErrors(List.of(error(ErrorCode.DOCUMENT_UNIQUE_ID_ERROR, "uniqueId")));
                } else {
                    String type = known.getDocumentEntry().getMimeType();
                    answer.getDocuments().add(new RetrievedDocument(known.getDataHandler(), asked, null, null, type));
                }
            }
        } catch (XDSMetaDataException refusal) {
            answer.setStatus(Status.FAILURE);
            answer.setErrors(List.of(error(refusal.getValidationMessage().getErrorCode(), refusal.getMessage())));
        }
        return new RetrieveDocumentSetResponseTransformer(FACTORY).toEbXML(answer).getInternal();
    }

    private static boolean deprecated(String uuid) {
        for (Document document : List.copyOf(SHELF.values())) {
            if (document.getDocumentEntry().getEntryUuid().equals(uuid)) {
                document.getDocumentEntry().setAvailabilityStatus(AvailabilityStatus.DEPRECATED);
                return true;
            }
        }
        return false;
    }

    private static RegistryResponseType refused(ErrorCode code, String why) {
        Response response = new Response(Status.FAILURE);
        response.setErrors(List.of(error(code, why)));
        return new ResponseTransformer(FACTORY).toEbXML(response).getInternal();
    }

    private static ErrorInfo error(ErrorCode code, String why) {
        System.err.println(code + " " + why);
        return new ErrorInfo(code, why, Severity.ERROR, null, null);
    }

    private static byte[] bytes(DataHandler handler) throws Exception {
        try (var stream = handler.getInputStream()) {
            return stream.readAllBytes();
        }
    }

    private static <T> void publish(String address, Class<T> port, T service) {
        JaxWsServerFactoryBean server = new JaxWsServerFactoryBean();
        server.setServiceClass(port);
        server.setServiceBean(service);
        server.setAddress(address);
        server.setBindingId(SOAPBinding.SOAP12HTTP_BINDING);
        server.setProperties(new java.util.HashMap<>(Map.of("mtom-enabled", port == Iti18PortType.class ? "false" : "true")));
        server.getFeatures().add(new WSAddressingFeature());
        server.getInInterceptors().add(new Assertion());
        server.create();
    }

    /** IPF asks nobody who they are: the assertion is let by, understood. */
    private static final class Assertion extends AbstractSoapInterceptor {
        private static final String SECURITY =
            "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

        Assertion() {
            super(Phase.PRE_PROTOCOL);
        }

        @Override
        public Set<QName> getUnderstoodHeaders() {
            return Set.of(new QName(SECURITY, "Security"));
        }

        @Override
        public void handleMessage(SoapMessage message) {}
    }
}
