import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { configSchema, readAppConfig } from '../../../layers/builder/config.ts';
import { planBuild } from '../../../layers/builder/detect.ts';
import { dockerfileOf } from '../../../layers/builder/own-dockerfile.ts';
import { memoryTree } from '../../../layers/builder/source-tree.ts';

const planOf = (files: Readonly<Record<string, string>>) => planBuild(memoryTree(files));
const manifest = (value: object) => ({ 'package.json': JSON.stringify(value) });
const START = { scripts: { start: 'node server.js' } };

describe("the app's own settings", () => {
  it('win over detection, as JSON or as TOML', async () => {
    const app = {
      ...manifest({ scripts: { start: 'node server.js', build: 'node build.js' } }),
      'package-lock.json': '',
    };
    const json = '{ "build": { "install": "npm ci --omit=optional", "build": ["node one.js", "node two.js"] } }';
    const toml = '[build]\ninstall = "npm ci --omit=optional"\nbuild = ["node one.js", "node two.js"]\n';
    const plan = await planOf({ ...app, 'gantry.json': json });
    expect(plan).toMatchObject({ install: ['npm ci --omit=optional'], build: ['node one.js', 'node two.js'] });
    expect(await planOf({ ...app, 'gantry.toml': toml })).toEqual({ ...plan, decisions: expect.anything() });
    expect((await planOf({ ...app, 'index.html': '', 'gantry.toml': 'provider = "static"\n' })).provider).toBe(
      'static',
    );
  });

  it('ask for a rehearsal of the release command, for seconds within the limits', async () => {
    const asked = (rehearseSeconds: number) =>
      planOf({ ...manifest(START), 'gantry.json': JSON.stringify({ release: 'node migrate.js', rehearseSeconds }) });
    expect((await asked(10)).settings).toEqual({ releaseCommand: 'node migrate.js', rehearseSeconds: 10 });
    await expect(asked(0)).rejects.toThrow('rehearseSeconds');
  });

  it.each([
    [{ 'gantry.json': '{ "statr": "node x.js" }' }, /gantry.json is not valid: .*statr/],
    [{ 'gantry.json': '{ "build": { "root": 7 } }' }, /gantry.json is not valid: build.root: /],
    [{ 'gantry.json': '{ start' }, /gantry.json is not valid JSON/],
    [{ 'gantry.toml': 'start = \n' }, /gantry.toml is not valid TOML: line 1/],
    [{ 'gantry.json': '{}', 'gantry.toml': '' }, /both a gantry.json and a gantry.toml/],
    [{ Procfile: 'web: node x.js\nnonsense\n' }, /Procfile, line 2: expected/],
    [{ 'package.json': '{ "scripts": ' }, /package.json is not valid JSON/],
    [{ 'package.json': '{ "scripts": { "start": 7 } }' }, /package.json is not valid: scripts.start/],
  ])('are refused with the file and the field if they are wrong: %j', async (files, message) => {
    await expect(planOf({ ...manifest(START), ...files } as Record<string, string>)).rejects.toThrow(message);
  });
});

describe("a service's settings", () => {
  const app = {
    ...manifest({ ...START, scripts: { start: 'node server.js', build: 'vite build' } }),
    'package-lock.json': '{}',
    'gantry.json': JSON.stringify({ build: { install: 'npm run from-file', build: ['a', 'b'] } }),
  };

  it('win over gantry.json, which wins over detection', async () => {
    const settings = { installCommand: 'npm ci --offline', buildCommand: 'make' };
    expect(await planBuild(memoryTree(app), settings)).toMatchObject({
      install: ['npm ci --offline'],
      installInputs: [],
      build: ['make'],
    });
    expect(await planBuild(memoryTree(app), { ...settings, installCommand: null })).toMatchObject({
      install: ['npm run from-file'],
      build: ['make'],
    });
    expect(await planOf(app)).toMatchObject({ install: ['npm run from-file'], build: ['a', 'b'] });
  });
});

describe('a Dockerfile', () => {
  const chosen = async (config: object, files: Readonly<Record<string, string>> = { Dockerfile: 'FROM scratch' }) => {
    const tree = memoryTree({ ...manifest(START), ...files, 'gantry.json': JSON.stringify(config) });
    return dockerfileOf(tree, await readAppConfig(tree));
  };

  it('is built if it is in the folder or gantry.json names it, unless gantry.json names another provider', async () => {
    const pathOf = async (...asked: Parameters<typeof chosen>) => (await chosen(...asked))?.path;
    expect(await pathOf({})).toBe('Dockerfile');
    expect(await chosen({}, {})).toBeUndefined();
    expect(await pathOf({ provider: 'dockerfile' })).toBe('Dockerfile');
    expect(await pathOf({ build: { dockerfile: './docker/prod' } }, { 'docker/prod': '' })).toBe('docker/prod');
    expect(await chosen({ provider: 'node' })).toBeUndefined();
  });

  it('is built with the stage and the arguments in gantry.json, and the stage must exist', async () => {
    const files = { Dockerfile: 'FROM node:24 AS build\nfrom scratch as Web\r\n' };
    const build = { target: 'web', arguments: { MODE: 'fast' } };
    expect(await chosen({ build }, files)).toEqual({ path: 'Dockerfile', ports: [], ...build });
    await expect(chosen({ build: { target: 'job' } }, files)).rejects.toThrow(
      'gantry.json asks for the stage job of Dockerfile, which does not exist: it has build, Web',
    );
    await expect(chosen({ build: { arguments: { 'a b': '' } } }, files)).rejects.toThrow('build.arguments');
  });

  it('gives the ports in EXPOSE of its stage and of the stages that this stage is based on', async () => {
    const Dockerfile =
      'FROM node:24 AS base\nEXPOSE 3000 9229/tcp 53/udp $PORT\nFROM --platform=linux/arm64 base AS web\nexpose 8080\nFROM scratch\n';
    expect((await chosen({ build: { target: 'web' } }, { Dockerfile }))?.ports).toEqual([3000, 9229, 8080]);
    expect((await chosen({}, { Dockerfile }))?.ports).toEqual([]);
  });

  it('is refused if it is missing, outside of the app, or named together with another provider', async () => {
    await expect(chosen({ provider: 'dockerfile' }, {})).rejects.toThrow(
      'gantry.json asks for Dockerfile, which is not',
    );
    await expect(chosen({ build: { dockerfile: 'gone' } })).rejects.toThrow('asks for gone');
    for (const dockerfile of ['../Dockerfile', '/etc/passwd', 'a/../../b', '..']) {
      await expect(chosen({ build: { dockerfile } })).rejects.toThrow("leads out of the app's folder");
    }
    await expect(chosen({ provider: 'go', build: { dockerfile: 'Dockerfile' } })).rejects.toThrow(
      'names both a Dockerfile and the provider go; keep one of them',
    );
  });
});

it('the published schema of gantry.json is the schema that builds check', () => {
  expect(JSON.parse(readFileSync('docs/schema/gantry.json', 'utf8'))).toEqual(configSchema());
});
