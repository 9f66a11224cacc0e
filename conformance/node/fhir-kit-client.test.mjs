// fhir-kit-client, unmodified: https://github.com/Vermonster/fhir-kit-client
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'fhir-kit-client';
import { act, BASE, claims, DELEGATOR_TOKEN, LOCAL, needs, patient, referenceOf } from './server.mjs';

const client = new Client({ baseUrl: BASE });
const statusOf = (promise) =>
  promise.then(
    (answer) => assert.fail(`not refused: ${JSON.stringify(answer)}`),
    ({ response }) => {
      assert.equal(response.data.resourceType, 'OperationOutcome');
      return response.status;
    },
  );

test('capability statement', async () => {
  const statement = await client.capabilityStatement();
  assert.equal(statement.fhirVersion, '4.0.1');
});

test('create, read, vread, update', async () => {
  const created = await client.create({ resourceType: 'Patient', body: patient() });
  const { response } = Client.httpFor(created);
  assert.equal(response.status, 201);
  assert.match(response.headers.get('location'), new RegExp(`/Patient/${created.id}/_history/1$`));
  const read = await client.read({ resourceType: 'Patient', id: created.id });
  assert.deepEqual(read, created);
  const changed = await client.update({
    resourceType: 'Patient',
    id: created.id,
    body: { ...read, active: true },
    options: { headers: { 'If-Match': 'W/"1"' } },
  });
  assert.equal(changed.meta.versionId, '2');
  const first = await client.vread({ resourceType: 'Patient', id: created.id, version: '1' });
  assert.deepEqual(first, created);
});

test('an update over an older version is refused', async () => {
  const created = await client.create({ resourceType: 'Patient', body: patient() });
  const update = (body) =>
    client.update({
      resourceType: 'Patient',
      id: created.id,
      body,
      options: { headers: { 'If-Match': 'W/"1"' } },
    });
  await update({ ...created, active: true });
  assert.equal(await statusOf(update({ ...created, active: false })), 412);
});

test('conditional create', async () => {
  const body = patient();
  const headers = { 'If-None-Exist': `identifier=${LOCAL}|${body.identifier[0].value}` };
  const first = await client.create({ resourceType: 'Patient', body, options: { headers } });
  const second = await client.create({ resourceType: 'Patient', body, options: { headers } });
  assert.equal(Client.httpFor(second).response.status, 200);
  assert.equal(second.id, first.id);
});

test('conditional update', needs(claims.conditionalUpdate('Patient')), async () => {
  const body = patient();
  const created = await client.create({ resourceType: 'Patient', body });
  const updated = await client.update({
    resourceType: 'Patient',
    searchParams: { identifier: `${LOCAL}|${body.identifier[0].value}` },
    body: { ...body, active: true },
  });
  assert.equal(updated.id, created.id);
  assert.equal(updated.meta.versionId, '2');
});

test('JSON Patch', needs(claims.interaction('Patient', 'patch')), async () => {
  const created = await client.create({ resourceType: 'Patient', body: patient() });
  const jsonPatch = [
    { op: 'test', path: '/gender', value: 'female' },
    { op: 'add', path: '/active', value: true },
  ];
  const patched = await client.patch({ resourceType: 'Patient', id: created.id, jsonPatch });
  assert.equal(patched.active, true);
  assert.equal(patched.meta.versionId, '2');
});

test('delete', needs(claims.interaction('Patient', 'delete')), async () => {
  const created = await client.create({ resourceType: 'Patient', body: patient() });
  await client.delete({ resourceType: 'Patient', id: created.id });
  assert.equal(await statusOf(client.read({ resourceType: 'Patient', id: created.id })), 410);
});

test('an unknown resource is 404 with an OperationOutcome', async () => {
  assert.equal(await statusOf(client.read({ resourceType: 'Patient', id: 'nobody' })), 404);
});

test('a resource of the wrong structure is refused', async () => {
  const body = { ...patient(), birthDate: 'yesterday' };
  const status = await statusOf(client.create({ resourceType: 'Patient', body }));
  assert.ok(status === 400 || status === 422, `${status}`);
});

test('search by GET and by POST', async () => {
  const searchParams = { identifier: `${LOCAL}|PAT-0001` };
  const byGet = await client.resourceSearch({ resourceType: 'Patient', searchParams });
  const byPost = await client.resourceSearch({ resourceType: 'Patient', searchParams, options: { postSearch: true } });
  assert.equal(byGet.entry.length, 1);
  assert.deepEqual(byPost.entry, byGet.entry);
});

test('pages to the end, none twice, and back', async () => {
  const seen = [];
  let page = await client.resourceSearch({ resourceType: 'Patient', searchParams: { _count: 2 } });
  let last;
  while (page) {
    seen.push(...page.entry.map((entry) => entry.resource.id));
    last = page;
    page = await client.nextPage({ bundle: page });
  }
  assert.ok(seen.length >= 6);
  assert.equal(new Set(seen).size, seen.length);
  const before = await client.prevPage({ bundle: last });
  if (before) assert.ok(before.entry.every((entry) => seen.includes(entry.resource.id)));
});

test('_include', needs(claims.include('Procedure', 'Procedure:subject')), async () => {
  const found = await client.resourceSearch({
    resourceType: 'Procedure',
    searchParams: { _include: 'Procedure:subject' },
  });
  assert.ok(found.entry.some((entry) => entry.resource.resourceType === 'Patient' && entry.search.mode === 'include'));
});

test('a compartment', needs(claims.include('Procedure', 'Procedure:subject')), async () => {
  const found = await client.resourceSearch({ resourceType: 'Procedure' });
  const { subject } = found.entry[0].resource;
  const acts = await client.compartmentSearch({
    resourceType: 'Procedure',
    compartment: { resourceType: 'Patient', id: subject.reference.split('/')[1] },
  });
  assert.ok(acts.entry.every((entry) => entry.resource.subject.reference === subject.reference));
});

test('history of an instance', async () => {
  const created = await client.create({ resourceType: 'Patient', body: patient() });
  await client.update({ resourceType: 'Patient', id: created.id, body: { ...created, active: true } });
  const told = await client.resourceHistory({ resourceType: 'Patient', id: created.id });
  assert.deepEqual(
    told.entry.map((entry) => entry.resource.meta.versionId),
    ['2', '1'],
  );
});

test('history of a type', needs(claims.interaction('Patient', 'history-type')), async () => {
  const told = await client.typeHistory({ resourceType: 'Patient' });
  assert.ok(told.entry.length > 0);
});

test('history of the server', needs(claims.system('history-system')), async () => {
  const told = await client.systemHistory();
  assert.ok(told.entry.length > 0);
});

test('an act as a transaction, its trace, its acknowledgement', async () => {
  const told = await client.transaction({ body: act() });
  assert.ok(told.entry.every((entry) => entry.response.status.startsWith('201')));
  const reference = referenceOf(told.entry[0].response.location);
  const [, id] = reference.split('/');
  const trace = await client.operation({ name: '$trace', resourceType: 'Procedure', id, method: 'GET' });
  assert.equal(trace.type, 'collection');
  assert.equal(await statusOf(client.delete({ resourceType: 'Procedure', id })), 405);
  const tasks = await client.resourceSearch({
    resourceType: 'Task',
    searchParams: { focus: reference, code: 'acknowledge' },
  });
  const delegator = new Client({ baseUrl: BASE, bearerToken: DELEGATOR_TOKEN });
  const closed = await delegator.operation({
    name: '$acknowledge',
    resourceType: 'Task',
    id: tasks.entry[0].resource.id,
    input: { resourceType: 'Parameters', parameter: [{ name: 'comment', valueString: 'Vu.' }] },
  });
  assert.equal(closed.status, 'completed');
  // Through the client that asked: a reference is followed to what it names.
  const subject = await client.resolve({ reference: closed.for.reference });
  assert.equal(subject.resourceType, 'Patient');
});

test('batch', needs(claims.system('batch')), async () => {
  const told = await client.batch({
    body: {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        { request: { method: 'GET', url: 'Patient?_count=1' } },
        { request: { method: 'GET', url: 'Patient/nobody' } },
        { request: { method: 'POST', url: 'Patient' }, resource: patient() },
      ],
    },
  });
  assert.deepEqual(
    told.entry.map((entry) => entry.response.status.slice(0, 3)),
    ['200', '404', '201'],
  );
});

test('$everything', needs(claims.operation('Patient', 'everything')), async () => {
  const created = await client.create({ resourceType: 'Patient', body: patient() });
  const told = await client.operation({
    name: '$everything',
    resourceType: 'Patient',
    id: created.id,
    method: 'GET',
  });
  assert.ok(told.entry.some((entry) => entry.resource.id === created.id));
});

test('$validate', needs(claims.operation('Patient', 'validate')), async () => {
  const told = await client.operation({ name: '$validate', resourceType: 'Patient', input: patient() });
  assert.equal(told.resourceType, 'OperationOutcome');
  assert.ok(told.issue.every((issue) => !['fatal', 'error'].includes(issue.severity)));
});
