import { describe, expect, it } from '@jest/globals';
import { platform } from '../journeys/fixture.ts';
import { declared, exampleRequest, type Request } from './call.ts';
import { world } from './fixture.ts';
import { inWorld } from './world.ts';

/** Names that every JavaScript object has, or answers to. */
const inherited = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf', '__defineGetter__'];

describe('a name that every JavaScript object has', () => {
  it('works as the name of a variable, also in references', async () => {
    const params = { teamId: world.ids.team, projectId: world.ids.project };
    const service = await world.api.done('services.create', { params, body: { slug: 'constructor' } });
    const query = { serviceId: service.id, environmentId: world.ids.environment };
    const at = (more: Request) => ({ params, query, ...more });
    const values = Object.fromEntries(inherited.map((name) => [name, `the ${name}`]));
    const set = Object.fromEntries(inherited.map((name) => [name, { value: `the ${name}` }]));
    const staged = await world.api.done('variables.stage', at({ body: { set } }));
    expect(staged.changes.map(({ name, before, after }) => [name, before, after?.value])).toEqual(
      inherited.toSorted().map((name) => [name, null, `the ${name}`]),
    );
    await world.api.done('variables.apply', at({}));
    const body = { set: { ALL: { value: inherited.map((name) => `\${{constructor.${name}}}`).join() } } };
    await world.api.done('variables.stage', at({ body }));
    await world.api.done('variables.apply', at({}));
    const { variables } = await world.api.done('variables.resolve', {
      params: { ...params, serviceId: service.id, environmentId: world.ids.environment },
    });
    expect(variables).toMatchObject({ ...values, ALL: Object.values(values).join() });
    const gone = await world.api.done('variables.stage', at({ body: { unset: inherited } }));
    expect(gone.changes.map(({ name, after }) => [name, after])).toEqual(
      inherited.toSorted().map((name) => [name, null]),
    );
    await world.api.done('variables.discard', at({}));
  });

  it('works as a slug', async () => {
    const params = { teamId: world.ids.team };
    const project = await world.api.done('projects.create', { params, body: { slug: 'constructor' } });
    const inProject = { ...params, projectId: project.id };
    for (const operation of ['environments.create', 'services.create'] as const) {
      const made = await world.api.done(operation, { params: inProject, body: { slug: 'constructor' } });
      expect(made.slug).toBe('constructor');
      const again = await world.api.send(operation, { params: inProject, body: { slug: 'constructor' } });
      expect(again.problem?.fields).toEqual([{ field: 'body.slug', message: 'is taken' }]);
    }
  });

  it('works as the name of a header', async () => {
    const headers = Object.fromEntries([...inherited, '__proto__'].map((name) => [name, 'x']));
    expect((await fetch(`${platform.endpoints.api}/v1/health`, { headers })).status).toBe(200);
  });

  it('is refused as an unknown query parameter', async () => {
    for (const name of [...inherited, '__proto__']) {
      const { problem } = await world.api.send('health.get', { query: Object.fromEntries([[name, '1']]) });
      expect(problem?.fields).toEqual([{ field: `query.${name}`, message: 'is not known here' }]);
    }
  });

  it.each(declared.filter(([, route]) => route.body !== undefined))(
    'makes %s refuse the request wherever __proto__ is in the body, rather than drop the field',
    async (operation, route) => {
      const request = inWorld(exampleRequest(route), world.ids);
      const text = JSON.stringify(request.body);
      const places = [...text.matchAll(/\{/g)].map(({ index }) => index + 1);
      for (const place of places) {
        const rest = text.slice(place);
        const body = `${text.slice(0, place)}"__proto__":{}${rest.startsWith('}') ? '' : ','}${rest}`;
        const { status, problem } = await world.api.send(operation, { ...request, body });
        expect({ body, status, fields: problem?.fields?.length }).toEqual({ body, status: 400, fields: 1 });
      }
    },
  );
});
