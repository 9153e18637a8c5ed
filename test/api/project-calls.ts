import { GantryError } from '@gantry/contract/errors.ts';
import type { Project } from '@gantry/contract/schemas/projects.ts';
import { signInAs } from '@gantry/local/example/session.ts';
import { beforeAll } from '@jest/globals';
import { client, platform } from '../journeys/fixture.ts';

/** The first owner's team. */
export let teamId: string;
let token: string;

beforeAll(async () => {
  const { api, owner } = platform.endpoints;
  ({ accessToken: token } = await signInAs(api, owner.email, owner.password));
  teamId = (await client('session.get', {})).teams[0]?.team.id ?? '';
});

/** The result of a call: `done`, or the kind of its error. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'done';
  } catch (error) {
    return error instanceof GantryError ? error.kind : String(error);
  }
}

/** A probe for `until`: whether the requested record is gone. */
export function gone(call: () => Promise<unknown>): () => Promise<true | undefined> {
  return async () => ((await outcome(call())) === 'NotFound' ? true : undefined);
}

/** Sends a body unchanged to a path below the team's projects. */
export async function send(method: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${platform.endpoints.api}/v1/teams/${teamId}/projects/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export function newProject(slug: string): Promise<Project> {
  return client('projects.create', { params: { teamId }, body: { slug } });
}
