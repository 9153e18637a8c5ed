import {
  type Action,
  actions,
  allows,
  covers,
  type Grants,
  narrow,
  projectRoles,
  roleFor,
  roles,
  scopes,
} from '@gantry/contract/roles.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

const everyAction = Object.keys(actions) as Action[];
const projects = ['prj_a', 'prj_b', 'prj_c'];

const anyAction = fc.constantFrom(...everyAction);
const anyProject = fc.constantFrom(...projects);
const anyGrants: fc.Arbitrary<Grants> = fc.record({
  role: fc.option(fc.constantFrom(...roles), { nil: undefined }),
  projectRoles: fc.dictionary(anyProject, fc.constantFrom(...projectRoles)),
});

/** A member's permission, by action and project; the project `undefined` is the team itself. */
function may(grants: Grants, action: Action, projectId?: string): boolean {
  const role = roleFor(grants, action, projectId);
  return role !== undefined && allows(role, action);
}

describe('the rights of an API token', () => {
  it('never exceed those of its creator, on the team and on each project', () => {
    fc.assert(
      fc.property(
        anyGrants,
        anyAction,
        anyProject,
        fc.option(anyProject, { nil: undefined }),
        (grants, action, only, at) => {
          if (may(narrow(grants, only), action, at)) expect(may(grants, action, at)).toBe(true);
        },
      ),
    );
  });

  it('for one project reach no other project', () => {
    fc.assert(
      fc.property(anyGrants, anyAction, anyProject, anyProject, (grants, action, only, other) => {
        fc.pre(only !== other);
        expect(may(narrow(grants, only), action, other)).toBe(false);
      }),
    );
  });

  it('for one project are those of its creator there, except rights of owners', () => {
    fc.assert(
      fc.property(anyGrants, anyAction, anyProject, (grants, action, only) => {
        if (actions[action] === 'owner') return;
        expect(may(narrow(grants, only), action, only)).toBe(may(grants, action, only));
      }),
    );
  });

  it('grow from read to deploy to all, and never include the management of people', () => {
    for (const action of everyAction) {
      const covered = scopes.map((scope) => covers(scope, action));
      expect(covered).toEqual(covered.toSorted((a, b) => Number(a) - Number(b)));
    }
    const people = everyAction.filter((action) => !covers('all', action));
    expect(people.toSorted()).toEqual([
      'database.connect',
      'installation.join',
      'installation.manage',
      'invitation.manage',
      'member.manage',
      'service.exec',
      'team.leave',
      'team.transfer',
      'team.update',
      'token.manage',
    ]);
  });

  it('with scope read change nothing', () => {
    expect(everyAction.filter((action) => covers('read', action)).every((action) => action.endsWith('.read'))).toBe(
      true,
    );
  });
});

describe('a role on one project', () => {
  it('wins over the role on the team, on that project and on no other', () => {
    const grants: Grants = { role: 'viewer', projectRoles: { prj_a: 'developer' } };
    expect(roleFor(grants, 'project.read', 'prj_a')).toBe('developer');
    expect(roleFor(grants, 'project.read', 'prj_b')).toBe('viewer');
    expect(roleFor(grants, 'project.create')).toBe('viewer');
    expect(roleFor({ role: 'developer', projectRoles: { prj_a: 'viewer' } }, 'project.read', 'prj_a')).toBe('viewer');
  });

  it('by itself lets a member see the team and list projects, and nothing else in the team', () => {
    const grants: Grants = { role: undefined, projectRoles: { prj_a: 'admin' } };
    const done = everyAction.filter((action) => may(grants, action));
    expect(done.toSorted()).toEqual(['project.read', 'team.leave', 'team.read', 'token.manage']);
    expect(everyAction.some((action) => may({ role: undefined, projectRoles: {} }, action))).toBe(false);
  });

  it('is not found under a name that every JavaScript object has', () => {
    expect(roleFor({ role: undefined, projectRoles: {} }, 'project.read', 'constructor')).toBeUndefined();
  });
});
