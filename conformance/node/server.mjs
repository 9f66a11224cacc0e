// The server under test, as `python -m conformance` hands it over, and what every client needs to say to it.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

export const BASE = process.env.CONFORMANCE_BASE;
export const DELEGATOR_TOKEN = process.env.CONFORMANCE_TOKEN;
export const LOCAL = 'urn:oid:1.2.250.1.999.1.1.20260.2';
const ACT = new URL('../../fixtures/scenarios/acte-simple/1-request.fhir.json', import.meta.url);

if (!BASE) throw new Error('CONFORMANCE_BASE is not set: run `make conformance`.');

/** A fictitious patient with an identifier of its own. */
export const patient = () => ({
  resourceType: 'Patient',
  meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' }] },
  identifier: [
    {
      use: 'usual',
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'PI' }] },
      system: LOCAL,
      value: `NODE-${randomUUID()}`,
    },
  ],
  name: [{ use: 'official', family: 'TEST-CHARME', given: ['ALIX'] }],
  gender: 'female',
  birthDate: '1988-03-02',
});

/** An act as a transaction, under an identifier of its own. */
export const act = () => JSON.parse(readFileSync(ACT, 'utf8').replaceAll('ACTE-1001', `ACTE-${randomUUID()}`));

const rest = (await (await fetch(`${BASE}/metadata`)).json()).rest[0];
const row = (type) => rest.resource.find((one) => one.type === type) ?? {};

/** What the CapabilityStatement claims; a step that asks for more is skipped, and says so. */
export const claims = {
  interaction: (type, code) => (row(type).interaction ?? []).some((one) => one.code === code),
  system: (code) => (rest.interaction ?? []).some((one) => one.code === code),
  conditionalUpdate: (type) => row(type).conditionalUpdate === true,
  conditionalDelete: (type) => ['single', 'multiple'].includes(row(type).conditionalDelete),
  include: (type, name) => (row(type).searchInclude ?? []).some((one) => one.startsWith(name)),
  operation: (type, name) =>
    [...(row(type).operation ?? []), ...(rest.operation ?? [])].some((one) => one.name === name),
};

/** Options of a test that needs a claim. */
export const needs = (claim) => ({ skip: claim ? false : 'not claimed in the CapabilityStatement' });

/** The literal reference, without version, in a Location. */
export const referenceOf = (location) => location.match(/([A-Z][A-Za-z]+\/[A-Za-z0-9.-]+)(\/_history\/.*)?$/)[1];
