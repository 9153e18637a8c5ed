import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OperationId, routes } from '@gantry/contract/routes.ts';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const sources = globSync('dashboard/**/*.{ts,tsx}', { cwd: root, exclude: (name) => name === 'node_modules' });
const text = sources.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');

/** What still waits for its page: take a row out with the page. */
const LATER: readonly OperationId[] = [];

/** What needs no page, each with the reason. */
const UNREACHED: Partial<Record<OperationId, string>> = {
  'health.get': 'for monitors',
  'openapi.get': 'for programs; its page for people is /docs',
  'installation.timings': 'for the operator, by the command',
  'projects.get': 'the list of projects has each of them',
  'environments.get': 'the list of environments has each of them',
  'services.get': 'the list of services has each of them',
  'teams.get': 'the session has each team',
  'databases.connect': 'a page shows no password; `gantry db connect` opens a shell',
  'exec.create': 'a terminal in the page would weigh more than all the rest of it; `gantry exec` has the real one',
  'exec.get': 'the same',
};

/** By `layers/client`: the live connection asks for a ticket itself, and an upload for its address. */
const BY_THE_CLIENT: readonly OperationId[] = ['tickets.create', 'uploads.create'];

/** Where it is called, which a row of the table that says what an event patches is not. */
const calls = (operation: OperationId) =>
  new RegExp(`(?:api|apiList|useAct|client|anonymous)\\(\\s*'${operation}'`).test(text);

describe('the dashboard', () => {
  it('uses every operation of the contract, except those listed with a reason', () => {
    const all = (Object.keys(routes) as OperationId[]).filter((operation) => !BY_THE_CLIENT.includes(operation));
    expect(all.filter((operation) => !calls(operation)).sort()).toEqual([...LATER, ...Object.keys(UNREACHED)].sort());
  });
});
