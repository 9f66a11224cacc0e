// FHIRPath by the engine of the National Library of Medicine: one question a line on standard input, one answer a line.
// A question is {expression, variables}; an answer is the collection it gives, or {error}.
import { createInterface } from 'node:readline';
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4/index.js';

const compiled = new Map();

function evaluated({ expression, variables }) {
  if (!compiled.has(expression)) compiled.set(expression, fhirpath.compile(expression, r4));
  return compiled.get(expression)({ resourceType: 'Patient' }, variables);
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = evaluated(JSON.parse(line));
  } catch (error) {
    answer = { error: error.message };
  }
  console.log(JSON.stringify(answer));
}
