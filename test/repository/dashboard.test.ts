import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OperationId, routes } from '@gantry/contract/routes.ts';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const sources = globSync('dashboard/**/*.{ts,tsx}', { cwd: root, exclude: (name) => name === 'node_modules' });
const text = sources.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');

/** Routes without a page so far. Remove a row when you build its page. */
const LATER: readonly OperationId[] = [];

/** Routes that need no page, each with the reason. */
const UNREACHED: Partial<Record<OperationId, string>> = {
  'health.get': 'for monitors',
  'openapi.get': 'for programs; its page for people is /docs',
  'installation.timings': 'for the operator, by the command',
  'projects.get': 'the list of projects has each of them',
  'environments.get': 'the list of environments has each of them',
  'services.get': 'the list of services has each of them',
  'teams.get': 'the session has each team',
  'alerts.get': 'the list of alerts has each of them',
  'channels.get': 'the list of channels has each of them',
  'backups.get': 'the list of backups has each of them',
  'databases.connect': 'a page shows no password; `gantry db connect` opens a shell',
  'exec.create': 'a terminal would be larger than the rest of the page; `gantry exec` has the real one',
  'exec.get': 'the same',
};

/** Called through `layers/client`: the live connection gets its own ticket, and an upload its own address. */
const BY_THE_CLIENT: readonly OperationId[] = ['tickets.create', 'uploads.create'];

/** The code calls it here. The row of an event's patched queries is no call. */
const calls = (operation: OperationId) =>
  new RegExp(`(?:api|apiList|useAct|client|anonymous)\\(\\s*'${operation}'`).test(text);

describe('the dashboard', () => {
  it('uses every operation of the contract, except those listed with a reason', () => {
    const all = (Object.keys(routes) as OperationId[]).filter((operation) => !BY_THE_CLIENT.includes(operation));
    expect(all.filter((operation) => !calls(operation)).sort()).toEqual([...LATER, ...Object.keys(UNREACHED)].sort());
  });
});
