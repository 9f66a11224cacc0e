package conformance;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** One signed XML file, by the XML Signature of the JDK: says {@code valid} or {@code invalid}. */
public final class Verify {
    private static final String DSIG = "http://www.w3.org/2000/09/xmldsig#";

    private Verify() {}

    public static void main(String[] arguments) throws Exception {
        DocumentBuilderFactory parsers = DocumentBuilderFactory.newInstance();
        parsers.setNamespaceAware(true);
        Document document = parsers.newDocumentBuilder().parse(new File(arguments[0]));
        Element signature = (Element) document.getElementsByTagNameNS(DSIG, "Signature").item(0);
        String text = document.getElementsByTagNameNS(DSIG, "X509Certificate").item(0).getTextContent();
        X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(Base64.getMimeDecoder().decode(text)));
        DOMValidateContext context = new DOMValidateContext(certificate.getPublicKey(), signature);
        NodeList all = document.getElementsByTagName("*");
        for (int i = 0; i < all.getLength(); i++) {
            Element each = (Element) all.item(i);
            for (String name : new String[] {"ID", "Id"}) {
                if (each.hasAttribute(name)) {
                    context.setIdAttributeNS(each, null, name);
                }
            }
        }
        boolean valid = XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context).validate(context);
        System.out.println(valid ? "valid" : "invalid");
    }
}
