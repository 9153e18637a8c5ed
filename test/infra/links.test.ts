import { globSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { buildSync } from 'esbuild';
import { assembled, at, type Made, ofType } from './synthesis.ts';

/** Variables that Lambda itself, `serve` and the table's client read without `environment()`. */
const READ_OTHERWISE = ['NODE_OPTIONS', 'STAGE', 'TABLE_NAME'];

const source = readFileSync(resolve(import.meta.dirname, '../../layers/cloud/environment.ts'), 'utf8');
const variables = [...source.matchAll(/\| '([A-Z_]+)'/g)].map(([, name = '']) => name);

/** Each function by its handler, bundled alone: a shared chunk would also hold code that only other functions run. */
function bundledAlone(): Map<string, string> {
  const root = resolve(import.meta.dirname, '../..');
  const files = globSync('*/*.ts', { cwd: join(root, 'functions') });
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: files.map((file) => ({ in: `functions/${file}`, out: `${file.slice(0, -3)}/index` })),
    outdir: 'unwritten',
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    conditions: ['module'],
    packages: 'bundle',
    external: ['@aws-sdk/*', '@smithy/*', '@kubernetes/*', 'electrodb', 'zod', 'zod-openapi', 'aws-jwt-verify'],
    logLevel: 'error',
  });
  return new Map(
    outputFiles.map(({ path, text }) => [relative(join(root, 'unwritten'), path).replace(/\.js$/, '.handler'), text]),
  );
}

let made: Made;
let programs: ReadonlyMap<string, string>;
beforeAll(async () => {
  made = await assembled();
  programs = bundledAlone();
}, 60_000);

describe('links', () => {
  it('give each function exactly the variables that its program reads', () => {
    expect(variables).toContain('BUS_NAME');
    const lambdas = ofType(made, 'AWS::Lambda::Function');
    expect(lambdas.length).toBeGreaterThan(15);
    for (const lambda of lambdas) {
      const program = programs.get(String(at(lambda, 'Handler'))) ?? '';
      const read = variables.filter((name) => program.includes(`("${name}")`));
      const given = Object.keys(at(lambda, 'Environment.Variables') as object);
      const relevant = (names: string[]) => names.filter((name) => !READ_OTHERWISE.includes(name)).sort();
      expect({ lambda: lambda.logicalId, given: relevant(given) }).toEqual({
        lambda: lambda.logicalId,
        given: relevant(read),
      });
    }
  });

  it("give the table's name to exactly the functions that may use it", () => {
    const users = ofType(made, 'AWS::IAM::Policy')
      .filter((policy) => /"(Read|Write)Table"/.test(JSON.stringify(policy.Properties)))
      .map((policy) => `${policy.stack} ${policy.logicalId.replace(/RoleDefaultPolicy.*/, '')}`);
    const named = ofType(made, 'AWS::Lambda::Function')
      .filter((lambda) => at(lambda, 'Environment.Variables.TABLE_NAME') !== undefined)
      .map((lambda) => `${lambda.stack} ${lambda.logicalId.slice(0, -8)}`);
    expect(named.sort()).toEqual(users.sort());
    expect(named.length).toBeGreaterThan(10);
  });
});
