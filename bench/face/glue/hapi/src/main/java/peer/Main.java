package peer;

import ca.uhn.fhir.rest.server.RestfulServer;
import java.nio.file.Files;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** HAPI FHIR JPA, R4, at {@code /fhir} of a loopback port: PEER_PORT, over PEER_DATABASE, PEER_VALIDATION on or off. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws Exception {
    var beans = new AnnotationConfigApplicationContext(Beans.class);
    var tomcat = new Tomcat();
    tomcat.setBaseDir(Files.createTempDirectory("peer-hapi-").toString());
    tomcat.setPort(Integer.parseInt(Beans.setting("PEER_PORT")));
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    // The measure keeps its connections; one that is closed after a hundred requests would count as broken.
    tomcat.getConnector().setProperty("maxKeepAliveRequests", "-1");
    // Identifiers are asked for as system|value.
    tomcat.getConnector().setProperty("relaxedQueryChars", "|");
    Context context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "fhir", beans.getBean(RestfulServer.class)).setLoadOnStartup(1);
    context.addServletMappingDecoded("/fhir/*", "fhir");
    tomcat.start();
    Runtime.getRuntime().addShutdownHook(new Thread(beans::close));
    tomcat.getServer().await();
  }
}
