import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Route } from '@gantry/contract/route.ts';
import { routes } from '@gantry/contract/routes.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { type Bed, makeBed } from './command.ts';
import { type FarSide, startFarSide } from './far-side.ts';
import { signIn } from './in-process.ts';

/** Larger than the command uploads silently; random, so that packing does not shrink it. */
const LARGE = 52 * 1024 * 1024;

type Operation = keyof typeof routes;

const operationOf = (called: Route) =>
  Object.keys(routes).find((operation) => routes[operation as Operation] === called) as Operation;

const full = new GantryError('QuotaExceeded', 'A project has at most 50 services.');
const wrong = new GantryError('Conflict', 'The server at git.example.com does not take the token.');
const viewer = new GantryError('Forbidden', 'Your role cannot delete.');

describe('a command that creates several things', () => {
  let bed: Bed;
  const farSides: FarSide[] = [];
  let runs = 0;

  beforeAll(async () => {
    bed = await makeBed();
  }, patience(30_000));

  afterAll(() => {
    for (const farSide of farSides) farSide.stop();
    bed?.remove();
  });

  /** Runs a command against a server that refuses these operations, and returns its end and its changes. */
  async function run(args: readonly string[], refusals: Partial<Record<Operation, GantryError>> = {}, input = '') {
    const called: Operation[] = [];
    const farSide = await startFarSide((route) => {
      const operation = operationOf(route);
      if (route.method !== 'GET' && refusals[operation] === undefined) called.push(operation);
      return refusals[operation];
    });
    farSides.push(farSide);
    runs += 1;
    const folder = bed.folder(`run-${runs}`, {});
    signIn(folder, farSide, 'gty_tok_x');
    return { called, folder, ...(await bed.run(args, { folder, input, env: { XDG_CONFIG_HOME: folder } })) };
  }

  it('deletes the new project when its service is refused, and says so when the deletion fails', async () => {
    const init = ['init', '--project', 'fresh'];
    const undone = await run(init, { 'services.create': full });
    expect(undone.called).toEqual(['projects.create', 'projects.delete']);
    expect([undone.code, undone.stderr]).toEqual([7, `Error: ${full.message}\n`]);
    const left = await run(init, { 'services.create': full, 'projects.delete': viewer });
    expect(left.stderr).toBe(`Error: ${full.message} Project fresh was created, and is empty.\n`);
    const known = await run(['init', '--project', 'shop'], { 'services.create': full });
    expect(known.called).toEqual([]);
  });

  const withToken = ['--git', 'https://git.example.com/acme/shop.git', '--git-token', '-'];

  it('deletes the new service when its credential is refused, and says so when the deletion fails', async () => {
    const create = ['service', 'create', 'worker', ...withToken];
    const made = await run(create, {}, 'gldt-secret\n');
    expect([made.code, made.called]).toEqual([0, ['services.create', 'services.setCredential']]);
    const undone = await run(create, { 'services.setCredential': wrong }, 'gldt-secret\n');
    expect(undone.called).toEqual(['services.create', 'services.delete']);
    expect([undone.code, undone.stderr]).toEqual([6, `Error: ${wrong.message}\n`]);
    const both = { 'services.setCredential': wrong, 'services.delete': viewer };
    const left = await run(create, both, 'gldt-secret\n');
    expect(left.stderr).toBe(`Error: ${wrong.message} Service shop was created, without its credential.\n`);
  });

  it('sets and removes the credential of a git server, and never shows its token', async () => {
    const kept = await run(['service', 'update', ...withToken, '--git-user', 'deploy'], {}, 'gldt-secret\n');
    expect([kept.code, kept.called]).toEqual([0, ['services.update', 'services.setCredential']]);
    expect(kept.stdout).toContain('deploy at https://git.example.com');
    expect(`${kept.stdout}${kept.stderr}`).not.toContain('gldt-secret');
    const forgotten = await run(['service', 'update', '--git-token', 'default']);
    expect(forgotten.called).toEqual(['services.update', 'services.removeCredential']);
    const alone = await run(['service', 'update', '--git-user', 'deploy']);
    expect([alone.code, alone.called, alone.stderr]).toEqual([
      2,
      [],
      'Error: --git-user goes with --git-token -: give the token on stdin.\n',
    ]);
  });

  it('warns of a large upload, and of an upload of only a part of the linked folder', async () => {
    const { folder } = await run(['status']);
    const part = join(folder, 'part');
    mkdirSync(join(part, 'assets'), { recursive: true });
    writeFileSync(join(part, 'index.html'), 'hello');
    writeFileSync(join(part, 'assets/film.bin'), randomBytes(LARGE));
    const { stderr, code } = await bed.run(['up', '--detach'], { folder: part, env: { XDG_CONFIG_HOME: folder } });
    expect(code).toBe(0);
    expect(stderr).toContain(`Uploading only ${part}. The linked folder is ${folder}.\n`);
    expect(stderr).toMatch(
      /^The upload is large, 5\d\.?\d* MB\. The largest: assets\/film\.bin 5\d\.?\d* MB, .*\. List files that the build does not need in \.gantryignore\.$/m,
    );
  });
});
