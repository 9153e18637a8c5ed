import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { run } from './in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'gantry-plan-'));
const app = join(folder, 'apps/web');

describe('the plan of a folder, made without a server,', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(app, { recursive: true });
  const manifest = { scripts: { start: 'node s.js', build: 'make' }, engines: { node: '22' } };
  writeFileSync(join(app, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(app, 's.js'), '');

  it('shows for each part its origin and the value that this overruled', async () => {
    writeFileSync(join(app, 'gantry.json'), '{ "build": { "build": "make all" } }');
    const { code, stdout } = await run(['plan', '--root', 'apps/web'], folder);
    expect(code).toBeUndefined();
    expect(stdout).toMatch(/^runtime +node 22 +package\.json > engines > node$/m);
    expect(stdout).toMatch(/^build +make all +gantry\.json > build > build$/m);
    expect(stdout).toMatch(/\(in place of npm run build\)/);
  });

  it('is complete as JSON', async () => {
    const { code, stdout } = await run(['plan', '--root', 'apps/web'], folder, { json: true });
    const plan: unknown = JSON.parse(stdout);
    expect([code, plan]).toEqual([undefined, expect.objectContaining({ provider: 'node', start: 'npm run start' })]);
    expect(plan).toMatchObject({
      build: ['make all'],
      command: ['node', 's.js'],
      decisions: expect.arrayContaining([
        {
          ...{ part: 'build', value: 'make all', source: 'gantry.json > build > build' },
          insteadOf: 'npm run build',
        },
      ]),
    });
  });

  it('can be printed as a Dockerfile', async () => {
    const { stdout } = await run(['dockerfile', 'apps/web'], folder);
    expect(stdout).toMatch(/^FROM \S*node:22\S* AS build$/m);
    expect(stdout).toMatch(/^CMD \["node","s\.js"\]$/m);
  });

  it('uses the settings beside build.root in gantry.json, unless that folder has its own file', async () => {
    const outer = join(folder, 'outer');
    mkdirSync(join(outer, 'web'), { recursive: true });
    writeFileSync(join(outer, 'web/package.json'), '{}');
    writeFileSync(join(outer, 'gantry.json'), '{ "build": { "root": "web" }, "start": "node outer.js" }');
    const startOf = async () => /^start +(\S+ \S+) .*$/m.exec((await run(['plan', 'outer'], folder)).stdout)?.[1];
    expect(await startOf()).toBe('node outer.js');
    writeFileSync(join(outer, 'web/gantry.json'), '{ "start": "node inner.js" }');
    expect(await startOf()).toBe('node inner.js');
  });

  it("shows stage, arguments and port of an app's own Dockerfile", async () => {
    const other = join(folder, 'own');
    mkdirSync(other);
    writeFileSync(join(other, 'Dockerfile'), 'FROM node:24 AS web\nEXPOSE 3000\n');
    const build = { target: 'web', arguments: { MODE: 'fast' } };
    writeFileSync(join(other, 'gantry.json'), JSON.stringify({ build, health: '/healthz' }));
    const { stdout } = await run(['plan', 'own'], folder);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .slice(-5)
        .map((line) => line.trim().split(/ {2,}/)),
    ).toEqual([
      ['provider', 'dockerfile', 'Dockerfile'],
      ['stage', 'web', 'gantry.json > build > target'],
      ['arguments', 'MODE=fast', 'gantry.json > build > arguments'],
      ['port', '3000', 'Dockerfile > EXPOSE'],
      ['health', '/healthz', 'gantry.json > health'],
    ]);
    const { code, stderr } = await run(['dockerfile', 'own'], folder);
    expect([code, stderr]).toEqual([6, expect.stringContaining('This app is built from its own Dockerfile.')]);
  });

  it('ends with advice when no file has a start command for the app', async () => {
    const other = join(folder, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'package.json'), '{}');
    const { code, stdout, stderr } = await run(['plan', 'other'], folder);
    expect([code, stdout]).toEqual([2, expect.stringMatching(/^provider +node/m)]);
    expect(stderr).toContain('Error: nothing says how to start this node app; add a "start" script in package.json');
    expect((await run(['plan', '--root', '../x'], folder)).stderr).toContain('--root ../x leads out of the source');
    expect((await run(['plan', 'gone'], folder)).stderr).toContain('There is no folder gone.');
  });
});
