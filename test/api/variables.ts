import type { SetQuery } from '@gantry/contract/schemas/variables.ts';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Request } from './call.ts';
import { world } from './fixture.ts';

const ref = (text: string) => `\${{${text}}}`;

describe('variables', () => {
  let params: { teamId: string; projectId: string };
  let web: { environmentId: string; serviceId: string };
  let api: { environmentId: string; serviceId: string };
  let shared: { environmentId: string };

  beforeAll(async () => {
    const { team: teamId, project: projectId, environment: environmentId, service: serviceId } = world.ids;
    params = { teamId, projectId };
    web = { environmentId, serviceId };
    shared = { environmentId };
    const other = await world.api.done('services.create', { params, body: { slug: 'api' } });
    api = { environmentId, serviceId: other.id };
  }, 60_000);

  const at = (query: SetQuery, more: Request = {}): Request => ({
    params,
    query: query as Record<string, string>,
    ...more,
  });
  const stage = (query: SetQuery, body: unknown) => world.api.send('variables.stage', at(query, { body }));
  const set = async (query: SetQuery, variables: Record<string, unknown>) => {
    await world.api.done('variables.stage', at(query, { body: { set: variables } }));
    return world.api.done('variables.apply', at(query));
  };
  const resolved = () => world.api.done('variables.resolve', { params: { ...params, ...web } });

  it('are staged, shown beside the current values, and take effect only once applied', async () => {
    const first = await stage(web, { set: { LOG_LEVEL: { value: 'info' }, KEY: { value: 'secret-1', sealed: true } } });
    expect(first.body).toMatchObject({ version: 1, changes: [{ name: 'KEY' }, { name: 'LOG_LEVEL' }] });
    expect((await world.api.done('variables.get', at(web))).variables).toEqual([]);
    const applied = await world.api.done('variables.apply', at(web));
    expect(applied).toMatchObject({ names: ['KEY', 'LOG_LEVEL'], deployment: null, referredBy: [], version: 1 });
    await stage(web, { set: { LOG_LEVEL: { value: 'debug', scope: 'both' } }, unset: ['KEY', 'NEVER_THERE'] });
    const { changes } = await world.api.done('variables.staged', at(web));
    expect(changes).toEqual([
      { name: 'KEY', before: { value: null, sealed: true, scope: 'run' }, after: null, valueChanged: true },
      {
        name: 'LOG_LEVEL',
        before: { value: 'info', sealed: false, scope: 'run' },
        after: { value: 'debug', sealed: false, scope: 'both' },
        valueChanged: true,
      },
    ]);
    const after = await world.api.done('variables.discard', at(web));
    expect(after).toMatchObject({ changes: [], version: 4 });
    const { variables } = await world.api.done('variables.get', at(web));
    expect(variables).toMatchObject([
      { name: 'KEY', value: null, sealed: true, changedBy: world.ids.user },
      { name: 'LOG_LEVEL', value: 'info', sealed: false },
    ]);
  });

  it('stay sealed until they get a new value, and their scope may change', async () => {
    const refused = await stage(web, { set: { KEY: { sealed: false } } });
    expect(refused.problem?.fields).toMatchObject([{ field: 'body.set.KEY.sealed' }]);
    const kept = await stage(web, { set: { KEY: { value: 'secret-2', scope: 'both' } } });
    expect(kept.body).toMatchObject({ changes: [{ after: { value: null, sealed: true, scope: 'both' } }] });
    const shown = await stage(web, { set: { KEY: { value: 'open', sealed: false } } });
    expect(shown.body).toMatchObject({ changes: [{ after: { value: 'open', sealed: false } }] });
    await world.api.done('variables.discard', at(web));
  });

  it.each([
    ['PORT', { value: '1' }],
    ['GANTRY_X', { value: '1' }],
    ['PATH', { value: '1' }],
    ['1A', { value: '1' }],
    ['A-B', { value: '1' }],
    ['A', { value: 'x\u0000' }],
    ['A', { value: 'x'.repeat(33_000) }],
    ['A', { value: '€'.repeat(11_000) }],
    ['A', { value: 'a ${{ b' }],
    ['A', {}],
  ])('with an impossible name or value (%s) are refused, naming the field', async (name, value) => {
    const { problem } = await stage(web, { set: { [name]: value } });
    expect(problem?.kind).toBe('Invalid');
    expect(problem?.fields?.[0]?.field).toMatch(new RegExp(`^body\\.set\\.${name}`));
    expect(problem?.detail.length).toBeLessThan(300);
  });

  it('can have up to 32 KB, and an error above it gives their size, the limit and advice (A31)', async () => {
    const whole = await stage(api, { set: { BIG: { value: 'x'.repeat(32_768) } } });
    expect(whole.status).toBe(200);
    await world.api.done('variables.discard', at(api));
    const limit = 'a value can be at most 32 KB. Put it into a file or a bucket.';
    const refused = async (value: string) => (await stage(api, { set: { BIG: { value } } })).problem?.detail;
    expect(await refused('x'.repeat(32_769))).toBe(`BIG is 33 KB; ${limit}`);
    expect(await refused('é'.repeat(20_000))).toBe(`BIG is 40 KB; ${limit}`);
    const many = Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`V${i}`, { value: '' }]));
    expect((await stage(api, { set: many })).problem).toMatchObject({
      kind: 'QuotaExceeded',
      detail: 'There would be 201 variables here; there can be at most 200. Remove some.',
    });
    const large = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`V${i}`, { value: 'x'.repeat(30_000) }]));
    expect((await stage(api, { set: large })).problem).toMatchObject({
      kind: 'QuotaExceeded',
      detail:
        'The variables here would be 147 KB together; they can be at most 128 KB. Put large values into a file or a bucket.',
    });
    expect((await world.api.done('variables.staged', at(api))).changes).toEqual([]);
  });

  it('are set in one go or not at all: an error stages nothing, and a set applies no other staged change', async () => {
    const setAtOnce = (body: unknown) => world.api.send('variables.set', at(api, { body }));
    const refused = await setAtOnce({ set: { GOOD: { value: '1' }, BAD: { value: ref('none.X') } } });
    expect(refused.problem).toMatchObject({ kind: 'Conflict', detail: expect.stringContaining('none.X') });
    expect((await world.api.done('variables.staged', at(api))).changes).toEqual([]);
    expect((await setAtOnce({ set: { GOOD: { value: '1' } } })).body).toMatchObject({
      names: ['GOOD'],
      deployment: null,
    });
    await stage(api, { set: { OTHER: { value: '1' }, GOOD: { value: '2' } } });
    expect((await setAtOnce({ set: { GOOD: { value: '3' } } })).problem).toMatchObject({
      kind: 'Conflict',
      detail: 'OTHER is staged and would be applied too. Apply or discard that first.',
    });
    await stage(api, { unset: ['OTHER'] });
    expect((await setAtOnce({ set: { GOOD: { value: '3' } } })).body).toMatchObject({ names: ['GOOD'] });
    expect((await world.api.done('variables.staged', at(api))).changes).toEqual([]);
    await stage(api, { set: { OTHER: { value: '1' } } });
    expect((await setAtOnce({ unset: ['OTHER'] })).body).toMatchObject({ names: [] });
    expect((await setAtOnce({ unset: ['OTHER'] })).problem?.kind).toBe('Conflict');
    expect((await setAtOnce({ unset: ['GOOD'] })).body).toMatchObject({ names: ['GOOD'] });
  });

  it('change only at the version that the caller has seen, if the caller names one', async () => {
    const { version } = await world.api.done('variables.staged', at(api));
    const body = { set: { A: { value: '1' } } };
    const headers = { 'if-match': `"${version}"` };
    await world.api.done('variables.stage', at(api, { body, headers }));
    expect((await world.api.send('variables.stage', at(api, { body, headers }))).status).toBe(412);
    expect((await world.api.send('variables.apply', at(api, { headers }))).status).toBe(412);
    await world.api.done('variables.discard', at(api));
    expect((await world.api.send('variables.apply', at(api))).problem?.detail).toContain('Nothing is staged');
  });

  it('refer to other variables and to platform values, and stay sealed through references', async () => {
    await set({}, { REGION: { value: 'eu' }, TIER: { value: 'project' } });
    await set(shared, { TIER: { value: 'environment' } });
    await set(api, { TOKEN: { value: 'secret-3', sealed: true }, NAME: { value: 'api' } });
    const applied = await set(web, {
      ALL: { value: `${ref('api.NAME')} ${ref('shared.REGION')} ${ref('shared.TIER')} ${ref('GANTRY_SERVICE')}` },
      AUTH: { value: `Bearer ${ref('api.TOKEN')}` },
      LITERAL: { value: '$${{X}}' },
      AT_BUILD: { value: 'x', scope: 'build' },
    });
    expect(applied.deployment).toBeNull();
    const { variables, omitted } = await resolved();
    expect(variables).toMatchObject({
      ALL: 'api eu environment web',
      LITERAL: ref('X'),
      LOG_LEVEL: 'info',
      GANTRY_PROJECT: 'first',
      GANTRY_ENVIRONMENT: 'production',
    });
    expect(omitted).toEqual(['AUTH', 'KEY']);
    expect(Object.keys(variables)).not.toContain('AT_BUILD');
  });

  it('that are shared list the services that refer to them when they change', async () => {
    const { deployment, referredBy } = await set({}, { REGION: { value: 'us' } });
    expect({ deployment, referredBy }).toEqual({ deployment: null, referredBy: [web] });
    expect((await set(api, { NAME: { value: 'api2' } })).referredBy).toEqual([web]);
    expect((await set({}, { OTHER: { value: 'x' } })).referredBy).toEqual([]);
  });

  it.each<[string, string, string]>([
    ['a circle', ref('web.ALL'), 'web.ALL → api.NAME → web.ALL'],
    ['an unknown variable', ref('shared.NONE'), 'web.ALL → api.NAME → shared.NONE: there is no shared variable NONE'],
  ])('whose references lead to %s are not applied, and the error shows the path', async (_, value, path) => {
    await stage(api, { set: { NAME: { value } } });
    const { problem } = await world.api.send('variables.apply', at(api));
    expect(problem?.kind).toBe('Conflict');
    expect(path.split(' → ').every((part) => problem?.detail.includes(part.split(':')[0] ?? ''))).toBe(true);
    await world.api.done('variables.discard', at(api));
  });

  it('cannot be removed while another variable refers to them', async () => {
    await stage(api, { unset: ['NAME'] });
    const { problem } = await world.api.send('variables.apply', at(api));
    expect(problem?.detail).toContain('web.ALL → api.NAME');
    await world.api.done('variables.discard', at(api));
  });

  it('keep a history of names, in pages, newest first', async () => {
    const { items, next } = await world.api.done('variables.history', at(web, { query: { ...web, limit: '1' } }));
    expect(items).toMatchObject([
      { set: ['ALL', 'AT_BUILD', 'AUTH', 'LITERAL'], unset: [], by: world.ids.user, version: 2 },
    ]);
    const more = await world.api.done('variables.history', at(web, { query: { ...web, cursor: next ?? '' } }));
    expect(more.items).toMatchObject([{ set: ['KEY', 'LOG_LEVEL'], version: 1 }]);
    const viewer = await world.person('looker', { role: 'viewer', teamId: params.teamId });
    expect((await world.api.send('variables.get', at(web, { token: viewer }))).status).toBe(403);
    expect((await world.api.send('variables.history', at(web, { token: viewer }))).status).toBe(200);
  });

  it('of a service need an environment', async () => {
    const answer = await world.api.send('variables.get', at({ serviceId: web.serviceId }));
    expect(answer.problem?.fields).toMatchObject([{ field: 'query.environmentId' }]);
  });
});
