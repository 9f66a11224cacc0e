// MedplumClient of @medplum/core, unmodified: https://www.medplum.com/docs/sdk/core.medplumclient
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MedplumClient, OperationOutcomeError } from '@medplum/core';
import { act, BASE, claims, DELEGATOR_TOKEN, LOCAL, needs, patient, referenceOf } from './server.mjs';

const { origin } = new URL(BASE);
const connect = () =>
  new MedplumClient({ baseUrl: `${origin}/`, fhirUrlPath: 'fhir/', fetch: globalThis.fetch, cacheTime: 0 });
const medplum = connect();

// A refusal is the OperationOutcome that the server told, not one that the client made up.
const refused = (promise, code) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof OperationOutcomeError, `${error}`);
    assert.equal(error.outcome.issue[0].code, code);
    return true;
  });

test('create, read, update, versions', async () => {
  const created = await medplum.createResource(patient());
  assert.deepEqual(await medplum.readResource('Patient', created.id), created);
  const updated = await medplum.updateResource({ ...created, active: true });
  assert.equal(updated.meta.versionId, '2');
  const history = await medplum.readHistory('Patient', created.id);
  assert.deepEqual(
    history.entry.map((entry) => entry.resource.meta.versionId),
    ['2', '1'],
  );
  const first = await medplum.readVersion('Patient', created.id, '1');
  assert.equal(first.active, undefined);
});

test('an update over an older version is refused', async () => {
  const created = await medplum.createResource(patient());
  const asFirst = { headers: { 'If-Match': 'W/"1"' } };
  await medplum.updateResource({ ...created, active: true }, asFirst);
  await refused(medplum.updateResource({ ...created, active: false }, asFirst), 'conflict');
});

test('createResourceIfNoneExist', async () => {
  const body = patient();
  const query = `identifier=${LOCAL}|${body.identifier[0].value}`;
  const first = await medplum.createResourceIfNoneExist(body, query);
  const second = await medplum.createResourceIfNoneExist(body, query);
  assert.equal(second.id, first.id);
});

test('upsertResource', needs(claims.conditionalUpdate('Patient')), async () => {
  const body = patient();
  const query = `identifier=${LOCAL}|${body.identifier[0].value}`;
  const first = await medplum.upsertResource(body, query);
  const second = await medplum.upsertResource({ ...body, active: true }, query);
  assert.equal(second.id, first.id);
  assert.equal(second.meta.versionId, '2');
});

test('patchResource', needs(claims.interaction('Patient', 'patch')), async () => {
  const created = await medplum.createResource(patient());
  const patched = await medplum.patchResource('Patient', created.id, [{ op: 'add', path: '/active', value: true }]);
  assert.equal(patched.active, true);
});

test('deleteResource', needs(claims.interaction('Patient', 'delete')), async () => {
  const created = await medplum.createResource(patient());
  await medplum.deleteResource('Patient', created.id);
  await refused(medplum.readResource('Patient', created.id), 'deleted');
});

test('an unknown resource', async () => {
  await refused(medplum.readResource('Patient', 'nobody'), 'not-found');
});

test('search, searchOne, searchResources', async () => {
  const identifier = `${LOCAL}|PAT-0001`;
  const bundle = await medplum.search('Patient', { identifier });
  assert.equal(bundle.entry.length, 1);
  const one = await medplum.searchOne('Patient', { identifier });
  assert.equal(one.id, bundle.entry[0].resource.id);
  const acts = await medplum.searchResources('Procedure', `patient=Patient/${one.id}&_sort=-date`);
  assert.ok(acts.length > 0);
});

test('searchResourcePages', async () => {
  const seen = [];
  for await (const page of medplum.searchResourcePages('Patient', { _count: 2 })) seen.push(...page.map((p) => p.id));
  assert.ok(seen.length >= 6);
  assert.equal(new Set(seen).size, seen.length);
});

test('_total, as the client asks for it', needs(claims.include('Procedure', 'Procedure:subject')), async () => {
  const bundle = await medplum.search('Patient', { _count: 1, _total: 'accurate' });
  assert.ok(bundle.total >= 6);
});

test('_include and _revinclude', needs(claims.include('Procedure', 'Procedure:subject')), async () => {
  const forth = await medplum.search('Procedure', { _include: 'Procedure:subject' });
  assert.ok(forth.entry.some((entry) => entry.resource.resourceType === 'Patient'));
  const back = await medplum.search('Patient', { identifier: `${LOCAL}|PAT-0001`, _revinclude: 'Procedure:subject' });
  assert.ok(back.entry.some((entry) => entry.resource.resourceType === 'Procedure'));
});

test('executeBatch of an act, readReference, $trace, $acknowledge', async () => {
  const told = await medplum.executeBatch(act());
  assert.equal(told.type, 'transaction-response');
  const reference = referenceOf(told.entry[0].response.location);
  const procedure = await medplum.readReference({ reference });
  assert.equal(procedure.status, 'completed');
  const trace = await medplum.get(medplum.fhirUrl('Procedure', procedure.id, '$trace'));
  assert.equal(trace.type, 'collection');
  const task = await medplum.searchOne('Task', { focus: reference, code: 'acknowledge' });
  const delegator = connect();
  delegator.setAccessToken(DELEGATOR_TOKEN);
  const closed = await delegator.post(delegator.fhirUrl('Task', task.id, '$acknowledge'), {
    resourceType: 'Parameters',
    parameter: [{ name: 'comment', valueString: 'Vu.' }],
  });
  assert.equal(closed.status, 'completed');
});

test('executeBatch of a batch', needs(claims.system('batch')), async () => {
  const told = await medplum.executeBatch({
    resourceType: 'Bundle',
    type: 'batch',
    entry: [
      { request: { method: 'POST', url: 'Patient' }, resource: patient() },
      { request: { method: 'GET', url: 'Patient/nobody' } },
    ],
  });
  assert.equal(told.type, 'batch-response');
  assert.deepEqual(
    told.entry.map((entry) => entry.response.status.slice(0, 3)),
    ['201', '404'],
  );
});

test('readPatientEverything', needs(claims.operation('Patient', 'everything')), async () => {
  const created = await medplum.createResource(patient());
  const told = await medplum.readPatientEverything(created.id);
  assert.ok(told.entry.some((entry) => entry.resource.id === created.id));
});

test('validateResource', needs(claims.operation('Patient', 'validate')), async () => {
  const told = await medplum.validateResource(patient());
  assert.ok(told.issue.every((issue) => !['fatal', 'error'].includes(issue.severity)));
});

test('valueSetExpand', needs(claims.operation('ValueSet', 'expand')), async () => {
  const url = 'https://binome.example/fhir/ValueSet/binome-task-code';
  const told = await medplum.valueSetExpand({ url });
  assert.ok(told.expansion.contains.length > 0);
});
