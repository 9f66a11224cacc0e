// Draws from the definitions of R4 what the service checks beyond structure, and what its tests hold its searches to:
// `node base.mjs` writes the three files, `node base.mjs --check` compares and exits 1 on a difference. The README
// beside each file, or the test that reads it, says where it comes from.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definitions } from './core-package.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const MAPPINGS = join(ROOT, 'mappings', 'fhir');

// The resources of our model and those it may contain or point at; every datatype comes too.
const RESOURCES = new Set(
  `ActivityDefinition AdverseEvent AuditEvent Basic Binary Bundle CapabilityStatement CarePlan CareTeam CodeSystem
  Communication CommunicationRequest Composition Condition Consent Device DocumentReference Encounter EpisodeOfCare
  Group HealthcareService Library List Location Measure MeasureReport Medication MedicationDispense MedicationRequest
  Observation OperationOutcome Organization Parameters Patient PlanDefinition Practitioner PractitionerRole Procedure Provenance
  Questionnaire QuestionnaireResponse RelatedPerson RequestGroup ServiceRequest Subscription Task ValueSet`.split(/\s+/),
);
// Held by the check of structure: pointers, extensions, narrative, empty elements.
const STRUCTURE = new Set('dom-2 dom-3 dom-4 dom-5 ele-1 ext-1 ref-1 txt-1 txt-2'.split(' '));
// Datatypes of definitions, met in no resource above.
const NOT_MET = new Set(['ElementDefinition']);
// What two expressions of 4.0.1 mean and do not say: `> 2` where the words say more than one, and an absent `repeats`,
// which makes the whole empty.
const AS_MEANT = new Map([
  ['que-12', 'enableWhen.count() > 1 implies enableBehavior.exists()'],
  ['que-13', 'repeats.where($this).exists() or initial.count() <= 1'],
]);
const STRENGTHS = new Set(['required', 'extensible', 'preferred']);
// DICOM's whole dictionary, of which two value sets take a handful.
const LARGEST_SYSTEM = 2000;
// Their codes are not HL7's to give away (https://hl7.org/fhir/R4/license.html): what draws on them is left out.
const LICENSED = new Set(['http://loinc.org', 'http://snomed.info/sct']);

const all = [...definitions()].map(([, resource]) => resource);
const byUrl = (type) => new Map(all.filter((r) => r.resourceType === type).map((r) => [r.url, r]));
const family = (canonical) => canonical.split('|')[0];

function rules() {
  const types = all.filter(
    (r) =>
      r.resourceType === 'StructureDefinition' &&
      r.derivation !== 'constraint' &&
      (r.kind === 'complex-type' || (r.kind === 'resource' && RESOURCES.has(r.type))) &&
      !NOT_MET.has(r.type),
  );
  // A datatype that is a constrained other one (SimpleQuantity, MoneyQuantity) is named by elements of that type.
  const narrowed = all.filter((r) => r.resourceType === 'StructureDefinition' && /^(Simple|Money)Quantity$/.test(r.id));
  return Object.fromEntries([...types, ...narrowed].map((r) => [r.id, elements(r)]).filter(([, e]) => e.length));
}

function elements({ snapshot, type, id }) {
  return snapshot.element.flatMap((element) => {
    const constraint = (element.constraint ?? [])
      .filter((c) => c.expression && !STRUCTURE.has(c.key))
      .map((c) => [c.key, c.severity, c.human, AS_MEANT.get(c.key) ?? c.expression]);
    const { strength, valueSet } = element.binding ?? {};
    const rule = {
      ...(constraint.length && { constraint }),
      ...(valueSet && STRENGTHS.has(strength) && { binding: [strength, family(valueSet)] }),
      ...(/Quantity$/.test(element.type?.[0]?.profile?.[0] ?? '') && {
        profile: element.type[0].profile[0].split('/').pop(),
      }),
    };
    const path = element.path.slice(type.length).replace(/^\./, '');
    return Object.keys(rule).length ? [[path, rule]] : [];
  });
}

function terminology(bound) {
  const valueSets = byUrl('ValueSet');
  const codeSystems = byUrl('CodeSystem');
  const sets = new Map();
  const systems = new Map();
  const take = (url) => {
    const set = valueSets.get(family(url));
    const parts = [...(set?.compose?.include ?? []), ...(set?.compose?.exclude ?? [])];
    if (!set || sets.has(set.url) || parts.some((part) => LICENSED.has(part.system))) return;
    sets.set(set.url, set);
    for (const part of parts) {
      const system = codeSystems.get(part.system);
      if (system?.content === 'complete' && count(system.concept) <= LARGEST_SYSTEM) systems.set(system.url, system);
      part.valueSet?.forEach(take);
    }
  };
  bound.forEach(take);
  return {
    CodeSystem: sorted([...systems.values()].map((s) => [s.url, systemOf(s)])),
    ValueSet: sorted([...sets.values()].map((s) => [s.url, setOf(s)])),
  };
}

const count = (concepts) => (concepts ?? []).reduce((sum, c) => sum + 1 + count(c.concept), 0);
const sorted = (entries) => Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));

function systemOf({ version, title, name, caseSensitive, concept }) {
  return { version, title: title ?? name, caseSensitive: caseSensitive !== false, concept: conceptsOf(concept, []) };
}

// Code, display, codes it stands under; further parents are told by a property, as HL7 v3 does.
function conceptsOf(concepts, above) {
  return (concepts ?? []).flatMap(({ code, display, property = [], concept }) => {
    const further = property.filter((p) => p.code === 'subsumedBy').map((p) => p.valueCode);
    const parents = [...new Set([...above, ...further])];
    return [[code, display ?? code, ...(parents.length ? [parents] : [])], ...conceptsOf(concept, [code])];
  });
}

function setOf({ version, title, name, compose = {} }) {
  const part = ({ system, concept, filter, valueSet }) => ({
    ...(system && { system }),
    ...(concept && { concept: concept.map(({ code, display }) => (display ? { code, display } : { code })) }),
    ...(filter && { filter }),
    ...(valueSet && { valueSet }),
  });
  const { include = [], exclude = [] } = compose;
  return { version, title: title ?? name, include: include.map(part), ...(exclude.length && { exclude: exclude.map(part) }) };
}

// By type (Resource for all), the kind of each search parameter; by compartment and type, the parameters that make a resource its member.
function searches() {
  const found = new Map();
  for (const { base, code, type } of byUrl('SearchParameter').values()) {
    for (const of of base) found.set(of, [...(found.get(of) ?? []), [code, type]]);
  }
  const kept = ([type]) => type === 'Resource' || RESOURCES.has(type);
  const ofTypes = [...found].filter(kept).map(([type, codes]) => [type, sorted(codes)]);
  const members = ({ code, resource }) => [
    code,
    sorted(resource.filter((r) => r.param && RESOURCES.has(r.code)).map((r) => [r.code, [...r.param].sort()])),
  ];
  const compartments = [...byUrl('CompartmentDefinition').values()].map(members);
  return { CompartmentDefinition: sorted(compartments), SearchParameter: sorted(ofTypes) };
}

// One line an entry: a change of the definitions reads as a change of those lines.
function lines(value, depth) {
  if (depth === 0) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${lines(member, depth - 1)}`);
  return `{\n${members.join(',\n')}\n}`;
}

const types = rules();
const bound = Object.values(types).flatMap((rows) => rows.flatMap(([, rule]) => (rule.binding ? [rule.binding[1]] : [])));
const files = new Map([
  [join(MAPPINGS, 'validation', 'r4.json'), `${lines(types, 1)}\n`],
  [join(MAPPINGS, 'terminology', 'r4.json'), `${lines(terminology(bound), 2)}\n`],
  [join(ROOT, 'tests', 'mappings', 'fhir', 'search', 'r4.json'), `${lines(searches(), 2)}\n`],
]);
if (process.argv.includes('--check')) {
  const changed = [...files].filter(([path, text]) => readFileSync(path, 'utf8') !== text).map(([path]) => path);
  for (const path of changed) console.error(`differs: ${path}`);
  process.exit(changed.length ? 1 : 0);
}
for (const [path, text] of files) writeFileSync(path, text);
