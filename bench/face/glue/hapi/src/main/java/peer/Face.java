package peer;

import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.interceptor.RequestValidatingInterceptor;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import ca.uhn.fhir.validation.IInstanceValidatorModule;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The servlet: every resource provider that HAPI has, its pages kept in the database, and validation if asked for. */
@Configuration
class Face {
  @Bean
  RestfulServer server(
      IFhirSystemDao<?, ?> system,
      JpaSystemProvider<?, ?> transactions,
      ResourceProviderFactory resources,
      JpaStorageSettings settings,
      ISearchParamRegistry parameters,
      IValidationSupport support,
      DatabaseBackedPagingProvider pages,
      IInstanceValidatorModule validator) {
    var server = new RestfulServer(system.getContext());
    server.registerProviders(resources.createProviders());
    server.registerProvider(transactions);
    server.setServerConformanceProvider(
        new JpaCapabilityStatementProvider(server, system, settings, parameters, support));
    server.setPagingProvider(pages);
    if (Beans.setting("PEER_VALIDATION").equals("on")) {
      var interceptor = new RequestValidatingInterceptor();
      interceptor.setFailOnSeverity(ResultSeverityEnum.ERROR);
      interceptor.setValidatorModules(List.of(validator));
      server.registerInterceptor(interceptor);
    }
    return server;
  }
}
