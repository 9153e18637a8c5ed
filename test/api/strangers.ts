import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE, type EventName, events } from '@gantry/contract/events.ts';
import { exampleOf } from '@gantry/contract/example.ts';
import { type IdKind, idPrefixes, newId } from '@gantry/contract/ids.ts';
import { type actions, allows, covers, roles } from '@gantry/contract/roles.ts';
import { actionOf, PAGE_HEADER, type Route, takesToken } from '@gantry/contract/route.ts';
import { type OperationId, routes } from '@gantry/contract/routes.ts';
import { type ClientFrame, ServerFrame } from '@gantry/contract/schemas/realtime.ts';
import { type ParsedTopic, topics } from '@gantry/contract/topics.ts';
import { ExecEntity } from '@gantry/core/records/exec.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { platform } from '../journeys/fixture.ts';
import { until } from '../until.ts';
import { declared, exampleRequest } from './call.ts';
import { world } from './fixture.ts';
import { inWorld } from './world.ts';

/** Exceptions from the rule of a route's `access`, with the reason. The list only shrinks. */
const exemptions: Partial<Record<OperationId, string>> = {};

/** Routes whose examples need an owner, although the role table lets others call them. */
const onlyOwners: Partial<Record<OperationId, string>> = {
  'invitations.create': 'the examples invite an owner, which only an owner may',
  'members.update': 'the examples change an owner, which only an owner may',
  'members.remove': 'the examples remove an owner, which only an owner may',
};

/** The further names in a path beside its team. */
const missing = (Object.keys(idPrefixes) as IdKind[]).filter((kind) => kind !== 'team');

type Access = 'stranger' | 'refused' | 'elsewhere' | 'denied' | 'allowed' | 'reader';

/** The allowed statuses of each outcome: a caller with the right may still learn that the named record does not fit. */
const expected: Record<Access, (status: number) => boolean> = {
  stranger: (status) => status === 401,
  refused: (status) => status === 403,
  elsewhere: (status) => status === 404,
  denied: (status) => status === 403,
  allowed: (status) => status < 500 && status !== 401 && status !== 403,
  reader: (status) => status === 200,
};

describe('access to each route:', () => {
  let outsider: string;
  let uninvited: string;
  let reader: string;
  const members = new Map<string, string>();
  const listening: WebSocket[] = [];

  beforeAll(async () => {
    const otherTeam = await world.otherTeam();
    outsider = await world.person('outsider', { role: 'owner', teamId: otherTeam });
    uninvited = await world.uninvited();
    for (const role of roles) {
      const token = role === 'owner' ? world.owner : await world.person(role, { role, teamId: world.ids.team });
      members.set(role, token);
    }
    const params = { teamId: world.ids.team };
    reader = (await world.api.done('tokens.create', { params, body: { name: 'reader', scope: 'read' } })).secret;
  }, 60_000);

  afterAll(() => {
    for (const socket of listening) socket.close();
  });

  const guarded = declared.filter(([operation, route]) => takesToken(route) && !(operation in exemptions));

  async function probe(operation: OperationId, route: Route, token: string | null, as: Access): Promise<void> {
    const answer = await world.api.send(operation, { ...inWorld(exampleRequest(route), world.ids), token });
    const seen = { operation, as, status: answer.status, detail: answer.problem?.detail };
    expect({ ...seen, fits: expected[as](answer.status) }).toEqual({ ...seen, fits: true });
  }

  it.each(declared.filter(([, route]) => route.access === 'public'))(
    '%s answers everybody',
    async (operation, route) => {
      await probe(operation, route, null, 'allowed');
    },
  );

  it.each(declared.filter(([, route]) => route.access === 'page'))(
    '%s is closed to foreign pages and to programs, with any token',
    async (operation, route) => {
      const ask = async (headers: Record<string, string>) => {
        const { method, path } = route;
        const { body } = exampleRequest(route);
        const response = await fetch(`${world.api.url}${path}`, {
          method,
          headers: { authorization: `Bearer ${world.owner}`, 'content-type': 'application/json', ...headers },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        return [response.status, response.headers.get('set-cookie')];
      };
      const origin = platform.endpoints.api;
      expect({ operation, answer: await ask({ origin }) }).toEqual({ operation, answer: [401, null] });
      // Another page of this machine, which the front lets call the API.
      const other = { origin: platform.endpoints.aws, [PAGE_HEADER]: '1' };
      expect({ operation, answer: await ask(other) }).toEqual({ operation, answer: [403, null] });
    },
  );

  it.each(guarded)('%s is closed without a token and with a broken one', async (operation, route) => {
    await probe(operation, route, null, 'stranger');
    await probe(operation, route, 'gty_nothing', 'stranger');
    await probe(operation, route, `${world.owner.slice(0, -8)}AAAAAAAA`, 'stranger');
  });

  it.each(guarded)('%s is closed to an account without an invitation', async (operation, route) => {
    await probe(operation, route, uninvited, 'refused');
  });

  const inTeam = guarded.filter(([, route]) => actionOf(route) !== undefined);

  it.each(inTeam)('%s shows nothing to the owner of another team', async (operation, route) => {
    await probe(operation, route, outsider, 'elsewhere');
  });

  const mayCall = (route: Route, role: (typeof roles)[number]) => {
    const action = actionOf(route);
    return action === undefined || allows(role, action);
  };

  it.each(inTeam)('%s refuses roles that do not allow the operation', async (operation, route) => {
    for (const role of roles.filter((candidate) => !mayCall(route, candidate))) {
      await probe(operation, route, members.get(role) ?? '', 'denied');
    }
  });

  it.each(inTeam)('%s refuses roles before it looks anything up', async (operation, route) => {
    const nowhere = { ...world.ids, ...Object.fromEntries(missing.map((kind) => [kind, newId(kind)])) };
    const refused = async (token: string, by: string) => {
      const { status } = await world.api.send(operation, { ...inWorld(exampleRequest(route), nowhere), token });
      expect({ operation, by, status }).toEqual({ operation, by, status: 403 });
    };
    for (const role of roles.filter((each) => !mayCall(route, each))) await refused(members.get(role) ?? '', role);
    const action = actionOf(route);
    if (action !== undefined && !covers('read', action)) await refused(reader, 'a token to read');
  });

  describe('each topic:', () => {
    /** The right that a client needs to follow each topic. */
    const rules: Record<Exclude<ParsedTopic['kind'], 'exec'>, { topic: () => string; action: keyof typeof actions }> = {
      team: { topic: () => topics.team(world.ids.team), action: 'team.follow' },
      project: { topic: () => topics.project(world.ids.project), action: 'project.read' },
      service: { topic: () => topics.service(world.ids.service), action: 'service.read' },
      deployment: { topic: () => topics.deployment(world.ids.deployment), action: 'deployment.read' },
      'build-logs': { topic: () => topics.buildLogs(world.ids.deployment), action: 'logs.read' },
      'app-logs': { topic: () => topics.appLogs(world.ids.service, world.ids.environment), action: 'logs.read' },
    };

    it.each(Object.entries(rules))(
      '%s can be followed by the roles that allow it, and by nobody else',
      async (_, rule) => {
        const { team: teamId, project: projectId } = world.ids;
        const frame = { type: 'subscribe', teamId, projectId, topic: rule.topic() } as const;
        expect(await answerTo(outsider, frame)).toMatchObject({ type: 'error', kind: 'NotFound' });
        for (const role of roles) {
          const answer = await answerTo(members.get(role) ?? '', frame);
          expect(answer).toMatchObject(
            allows(role, rule.action) ? { type: 'subscribed' } : { type: 'error', kind: 'Forbidden' },
          );
        }
      },
    );

    it('exec can be followed by the person who started the command, while their role allows it, and by nobody else', async () => {
      const { team: teamId, exec, environment: environmentId } = world.ids;
      const { projectId, serviceId } = { projectId: world.ids.project, serviceId: world.ids.service };
      const asked = { type: 'subscribe', teamId, projectId, topic: topics.exec(exec) } as const;
      // The session is over, and was the owner's.
      for (const token of [outsider, world.owner, members.get('developer') ?? ''])
        expect(await answerTo(token, asked)).toMatchObject({ type: 'error', kind: 'NotFound' });
      expect(await answerTo(members.get('viewer') ?? '', asked)).toMatchObject({ type: 'error', kind: 'Forbidden' });
      const id = newId('exec');
      const given = { teamId, projectId, environmentId, serviceId, id, userId: world.ids.user };
      const rest = {
        replica: 'none',
        command: ['true'],
        slot: 0,
        version: 1,
        ttl: Math.floor(Date.now() / 1000) + 3600,
      };
      await world.put(ExecEntity.create({ ...given, ...rest, createdAt: new Date().toISOString() }));
      const open = { ...asked, topic: topics.exec(id) };
      for (const token of [outsider, members.get('admin') ?? ''])
        expect(await answerTo(token, open)).toMatchObject({ type: 'error', kind: 'NotFound' });
      expect(await answerTo(world.owner, open)).toMatchObject({ type: 'subscribed' });
    });

    it('team brings each role the events whose subject the role can read, and no others', async () => {
      const { team: teamId } = world.ids;
      const readable = new Map<string, Set<string>>();
      for (const role of roles) readable.set(role, await readableBy(members.get(role) ?? ''));
      const names = Object.keys(events) as EventName[];
      const sockets = await Promise.all(
        roles.map(async (role) => [role, await listen(members.get(role) ?? '', teamId)] as const),
      );
      for (const name of names) await publish(name);
      const everything = names.filter((name) => events[name].reader !== undefined);
      const eventsOf = (role: string) => everything.filter((name) => readable.get(role)?.has(subjectOf(name)));
      // Each connection gets its own frames, so one may be behind the others.
      await until('every role has its events', () =>
        sockets.every(([role, heard]) => heard.size >= eventsOf(role).length),
      );
      for (const [role, heard] of sockets)
        expect({ role, heard: [...heard].sort() }).toEqual({ role, heard: eventsOf(role).sort() });
    }, 60_000);

    it('none opens without a ticket, with a broken ticket, or with a used one', async () => {
      const { url } = await world.api.done('tickets.create', {});
      const bare = new URL(url);
      bare.search = '';
      expect(await opens(bare.href)).toBe(false);
      expect(await opens(`${bare.href}?ticket=none`)).toBe(false);
      expect(await opens(url)).toBe(true);
      expect(await opens(url)).toBe(false);
    });
  });

  // Last come the operations that delete: until here nothing may have changed.
  const endsItsCaller: readonly OperationId[] = ['teams.leave', 'session.end'];
  const methods: readonly Route['method'][] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
  const harm = ([operation, { method }]: (typeof guarded)[number]) =>
    endsItsCaller.includes(operation) ? 10 + endsItsCaller.indexOf(operation) : methods.indexOf(method);
  const byHarm = guarded.toSorted((a, b) => harm(a) - harm(b));

  it.each(byHarm)('%s answers the roles that allow the operation', async (operation, route) => {
    for (const role of roles.filter((candidate) => mayCall(route, candidate))) {
      const outcome = operation in onlyOwners && role !== 'owner' ? 'denied' : 'allowed';
      await probe(operation, route, members.get(role) ?? '', route.method === 'GET' ? 'reader' : outcome);
    }
  });

  /** The kinds of subject that REST shows to a caller, by the ids in the test's events. */
  async function readableBy(token: string): Promise<Set<string>> {
    const found = new Set<string>();
    for (const [subject, operation] of Object.entries(shownBy)) {
      const route = routes[operation];
      const { status, body } = await world.api.send(operation, { ...inWorld(exampleRequest(route), world.ids), token });
      // A list shows a subject only if it has it: a viewer's tokens are their own.
      if (status === 200 && (subject !== 'token' || JSON.stringify(body).includes(world.ids.token))) found.add(subject);
    }
    return found;
  }

  /** The names of the events that a team's follower gets. */
  async function listen(token: string, teamId: string): Promise<Set<string>> {
    const { url } = await world.api.done('tickets.create', { token });
    const socket = new WebSocket(url);
    const heard = new Set<string>();
    const subscribed = Promise.withResolvers<void>();
    socket.addEventListener('message', ({ data }) => {
      const frame = ServerFrame.parse(JSON.parse(String(data)));
      if (frame.type === 'subscribed') subscribed.resolve();
      if (frame.type === 'event') heard.add(frame.name);
    });
    const frame = { type: 'subscribe', teamId, topic: topics.team(teamId) };
    socket.addEventListener('open', () => socket.send(JSON.stringify(frame)));
    await subscribed.promise;
    listening.push(socket);
    return heard;
  }

  /** Puts an event of the owner on the bus, as `transact` would. Its record does not exist, so no consumer changes anything. */
  async function publish(name: EventName): Promise<void> {
    const { aggregate, version, schema } = events[name];
    const event = {
      ...{ id: newId('event'), name, schemaVersion: version, actor: 'test', at: new Date().toISOString() },
      ...(name !== 'session.ended' && { teamId: world.ids.team }),
      aggregate: { id: newId(aggregate), version: 1 },
      data: { ...(exampleOf(await schema()) as object), userId: world.ids.user },
    };
    const { aws: endpoint, region, credentials } = platform.endpoints;
    const bus = new EventBridgeClient({ endpoint, region, credentials });
    const entry = {
      EventBusName: 'gantry-local',
      Source: EVENT_SOURCE,
      DetailType: name,
      Detail: JSON.stringify(event),
    };
    await bus.send(new PutEventsCommand({ Entries: [entry] }));
    bus.destroy();
  }

  /** The server's answer to one frame on a new connection. */
  async function answerTo(token: string, frame: ClientFrame): Promise<ServerFrame> {
    const { url } = await world.api.done('tickets.create', { token });
    const socket = new WebSocket(url);
    const answer = Promise.withResolvers<ServerFrame>();
    socket.addEventListener('open', () => socket.send(JSON.stringify(frame)));
    socket.addEventListener('message', ({ data }) => answer.resolve(ServerFrame.parse(JSON.parse(String(data)))));
    socket.addEventListener('error', () => answer.reject(new Error('the connection was refused')));
    try {
      return await answer.promise;
    } finally {
      socket.close();
    }
  }
});

/** The route that shows the subject of an event. */
const shownBy = {
  team: 'teams.get',
  member: 'members.list',
  invitation: 'invitations.list',
  token: 'tokens.list',
  project: 'projects.get',
  environment: 'environments.get',
  service: 'services.get',
  installation: 'installations.list',
  variables: 'variables.history',
  deployment: 'deployments.get',
  health: 'deployments.health',
  exec: 'exec.get',
  database: 'databases.get',
  backup: 'backups.get',
  alert: 'alerts.get',
  channel: 'channels.get',
} as const satisfies Record<string, OperationId>;

function subjectOf(name: EventName): string {
  return name.slice(0, name.indexOf('.'));
}

function opens(url: string): Promise<boolean> {
  const socket = new WebSocket(url);
  return new Promise((resolve) => {
    socket.addEventListener('error', () => resolve(false));
    socket.addEventListener('open', () => {
      socket.close();
      resolve(true);
    });
  });
}
