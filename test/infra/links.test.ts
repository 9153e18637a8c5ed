import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { at, ofType, type Synthesis, synthesize } from './synthesis.ts';

/** What Lambda itself, `serve` and the table's client read without `environment()`. */
const READ_OTHERWISE = ['NODE_OPTIONS', 'STAGE', 'TABLE_NAME'];

const source = readFileSync(resolve(import.meta.dirname, '../../layers/cloud/environment.ts'), 'utf8');
const variables = [...source.matchAll(/\| '([A-Z_]+)'/g)].map(([, name = '']) => name);

let made: Synthesis;
beforeAll(() => {
  made = synthesize();
}, 60_000);

describe('links', () => {
  it('give each function the variables that its program reads, and no other', () => {
    expect(variables).toContain('BUS_NAME');
    const lambdas = ofType(made, 'AWS::Lambda::Function');
    expect(lambdas.length).toBeGreaterThan(15);
    for (const lambda of lambdas) {
      const program = made.programs.get(String(at(lambda, 'Code.S3Key')).replace('.zip', '')) ?? '';
      const read = variables.filter((name) => program.includes(`("${name}")`));
      const given = Object.keys(at(lambda, 'Environment.Variables') as object);
      const relevant = (names: string[]) => names.filter((name) => !READ_OTHERWISE.includes(name)).sort();
      expect({ lambda: lambda.logicalId, given: relevant(given) }).toEqual({
        lambda: lambda.logicalId,
        given: relevant(read),
      });
    }
  });

  it('name the table to exactly the functions that may use it', () => {
    const users = ofType(made, 'AWS::IAM::Policy')
      .filter((policy) => JSON.stringify(policy.Properties).includes('"ReadTable"'))
      .map((policy) => `${policy.stack} ${policy.logicalId.replace(/RoleDefaultPolicy.*/, '')}`);
    const named = ofType(made, 'AWS::Lambda::Function')
      .filter((lambda) => at(lambda, 'Environment.Variables.TABLE_NAME') !== undefined)
      .map((lambda) => `${lambda.stack} ${lambda.logicalId.slice(0, -8)}`);
    expect(named.sort()).toEqual(users.sort());
    expect(named.length).toBeGreaterThan(10);
  });
});
