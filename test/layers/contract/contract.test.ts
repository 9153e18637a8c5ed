import { errorKinds } from '@gantry/contract/errors.ts';
import { events } from '@gantry/contract/events.ts';
import { exampleOf } from '@gantry/contract/example.ts';
import { fromKubernetesName, type IdKind, idPrefixes, newId, toKubernetesName } from '@gantry/contract/ids.ts';
import { openApiDocument } from '@gantry/contract/openapi.ts';
import { actions, allows, roles } from '@gantry/contract/roles.ts';
import type { Route } from '@gantry/contract/route.ts';
import { routes } from '@gantry/contract/routes.ts';
import { Topic } from '@gantry/contract/schemas/realtime.ts';
import { parseTopic, topics } from '@gantry/contract/topics.ts';
import { subscriptions } from '@gantry/wiring/subscriptions.ts';
import { describe, expect, it } from '@jest/globals';

const declared: [string, Route][] = Object.entries(routes);

describe('the routes', () => {
  it('have one operation per method and path', () => {
    const addresses = declared.map(([, route]) => `${route.method} ${route.path.replace(/\{\w+\}/g, '{}')}`);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  it.each(declared)('%s declares exactly the parameters of its path', (_, route) => {
    const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    expect(Object.keys(route.params?.shape ?? {})).toEqual(inPath);
  });

  it.each(declared)('%s takes no body with GET, and refuses unknown fields', (_, route) => {
    if (route.method === 'GET') expect(route.body).toBeUndefined();
    for (const schema of [route.params, route.query, route.body]) {
      if (schema) expect(schema.safeParse({ surelyUnknown: 1 }).success).toBe(false);
    }
  });

  it.each(declared)('%s has examples that its own schemas allow', (_, route) => {
    const parts = [route.params, route.query, route.body].map((schema) => [schema, 'input'] as const);
    for (const [schema, io] of [...parts, [route.reply.schema, 'output'] as const]) {
      if (schema === undefined) continue;
      const example = exampleOf(schema, io);
      expect({ example, issues: schema.safeParse(example).error?.issues }).toEqual({ example, issues: undefined });
    }
  });

  it('appear in an OpenAPI 3.1 document, each with its errors', () => {
    const document = openApiDocument('https://api.example.com');
    expect(document.openapi).toMatch(/^3\.1/);
    for (const [operationId, route] of declared) {
      const operation = document.paths?.[route.path]?.[route.method.toLowerCase() as 'get'];
      expect(operation?.operationId).toBe(operationId);
      for (const kind of route.errors ?? [])
        expect(operation?.responses).toHaveProperty(String(errorKinds[kind].status));
    }
  });
});

describe('an id', () => {
  it.each(Object.keys(idPrefixes) as IdKind[])('of a %s becomes a Kubernetes name and comes back', (kind) => {
    const id = newId(kind);
    expect(toKubernetesName(id)).toMatch(/^[a-z]+-[0-9a-z]{26}$/);
    expect(fromKubernetesName(kind, toKubernetesName(id))).toBe(id);
  });

  it('is not read from a name of anything else', () => {
    expect(fromKubernetesName('service', 'env-01j8z3n5w4q8r7t6y5x4w3v2t1')).toBeUndefined();
    expect(fromKubernetesName('service', 'svc-short')).toBeUndefined();
  });
});

describe('roles', () => {
  it('each include the rights of the roles below them', () => {
    for (const action of Object.keys(actions) as (keyof typeof actions)[]) {
      const may = roles.map((role) => allows(role, action));
      expect(may).toEqual([...may].sort((a, b) => Number(b) - Number(a)));
      expect(allows('owner', action)).toBe(true);
    }
  });
});

describe('topics', () => {
  it('are parsed into the ids that they name', () => {
    const [deploymentId, serviceId, environmentId] = [newId('deployment'), newId('service'), newId('environment')];
    expect(parseTopic(Topic.parse(topics.deployment(deploymentId)))).toEqual({ kind: 'deployment', deploymentId });
    expect(parseTopic(Topic.parse(topics.buildLogs(deploymentId)))).toEqual({ kind: 'build-logs', deploymentId });
    expect(parseTopic(Topic.parse(topics.appLogs(serviceId, environmentId)))).toEqual({
      kind: 'app-logs',
      serviceId,
      environmentId,
    });
    expect(Topic.safeParse('deployment:*').success).toBe(false);
  });
});

describe('subscriptions', () => {
  it('name declared events only', () => {
    for (const { events: names } of Object.values(subscriptions)) {
      for (const name of names) expect(events).toHaveProperty([name]);
    }
  });
});
