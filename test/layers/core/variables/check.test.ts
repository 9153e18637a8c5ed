import type { VariableScope } from '@gantry/contract/schemas/variables.ts';
import { isBuiltWith } from '@gantry/core/variables/check.ts';
import type { Scene } from '@gantry/core/variables/scene.ts';
import { describe, expect, it } from '@jest/globals';

/** A service `web` with variables of these scopes, each with the names that it refers to. */
function sceneOf(variables: Record<string, readonly [VariableScope, ...string[]]>): Scene {
  const by = { changedBy: 'usr_1', changedAt: '2026-01-01T00:00:00.000Z' };
  const entries = Object.entries(variables).map(
    ([name, [scope, ...refersTo]]) => [name, { scope, refersTo, sealed: false, ...by }] as const,
  );
  const at = { teamId: 'team_1', projectId: 'prj_1', environmentId: 'env_1', serviceId: 'svc_1' };
  const set = { ...at, id: 'vars_1', entries: Object.fromEntries(entries), values: '', version: 1 };
  const nothing = { services: [], platform: new Map(), databases: new Map(), addresses: 'planned' as const };
  return { ...nothing, sets: new Map([['web', [set]]]) };
}

describe('a changed variable causes a new build:', () => {
  it.each([
    ['yes, if it is for the build', { A: ['build'] }, true],
    ['yes, if it is for build and app', { A: ['both'] }, true],
    [
      'yes, if a variable for the build refers to it, even through others',
      { A: ['run'], B: ['run', 'A'], C: ['build', 'B'] },
      true,
    ],
    ['no, if it is only for the app', { A: ['run'], B: ['run', 'A'], C: ['build'] }, false],
  ] as [string, Parameters<typeof sceneOf>[0], boolean][])('%s', (_, variables, isBuilt) => {
    expect(isBuiltWith(sceneOf(variables), 'web', ['A'])).toBe(isBuilt);
  });
});
