import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readStage, StageError } from '../../infra/stage.ts';
import { at, ofType, synthesize } from './synthesis.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gantry-stage-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const none = () => undefined;
const file = (content: string) => writeFileSync(join(folder, 'gantry.stage.json'), content);
const messageOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof StageError) return error.message;
    throw error;
  }
  return 'nothing was thrown';
};

describe("a stage's configuration", () => {
  it('needs nothing for the stage that runs on one machine', () => {
    expect(readStage(none, {}, folder)).toMatchObject({
      stage: 'local',
      firstOwnerEmail: 'owner@example.com',
      removalPolicy: 'destroy',
    });
  });

  it('comes from the file, then from context, then from the environment, field by field', () => {
    file('{ "stage": "file", "firstOwnerEmail": "file@example.com", "sizes": { "logDays": 90 } }');
    const context = (key: string) => (key === 'firstOwnerEmail' ? 'context@example.com' : undefined);
    expect(readStage(context, { GANTRY_STAGE: 'env' }, folder)).toMatchObject({
      stage: 'env',
      firstOwnerEmail: 'context@example.com',
      removalPolicy: 'retain',
      sizes: { logDays: 90, natGateways: 1 },
    });
  });

  it('must name the first owner of every other stage', () => {
    expect(messageOf(() => readStage(none, { GANTRY_STAGE: 'prod' }, folder))).toContain(
      "firstOwnerEmail: name the first owner's e-mail address",
    );
  });

  it.each([
    ['a name that no resource can carry', '{ "stage": "Prod!" }', 'stage: use 1 to 16 of a-z'],
    ['a field that is misspelled', '{ "firstOwner": "a@example.com" }', 'firstOwner'],
    ['a size out of its range', '{ "sizes": { "natGateways": 9 } }', 'sizes.natGateways'],
    ['a domain with a scheme', '{ "appsDomain": "https://apps.example.com" }', 'appsDomain: use a domain name'],
    ['a file that is not JSON', '{ stage: prod }', 'gantry.stage.json is not JSON'],
    ['a file that holds a list', '[]', 'must hold one JSON object'],
  ])('is refused by name: %s', (_, content, expected) => {
    file(content);
    expect(messageOf(() => readStage(none, {}, folder))).toContain(expected);
  });

  it('that cannot be used ends the synthesis with the reason and no stack trace', () => {
    const made = synthesize({ GANTRY_STAGE: 'prod' });
    expect(made.status).toBe(1);
    expect(made.stderr).toContain('firstOwnerEmail');
    expect(made.stderr).not.toContain('    at ');
  });

  it('for production keeps what people would miss, and takes the domain of its apps', () => {
    const made = synthesize({
      GANTRY_STAGE: 'prod',
      GANTRY_FIRST_OWNER_EMAIL: 'ada@example.com',
      CDK_CONTEXT_JSON: JSON.stringify({ appsDomain: 'apps.example.com' }),
    });
    expect(made.stderr).toBe('');
    const [table] = ofType(made, 'AWS::DynamoDB::Table');
    expect(table).toMatchObject({ DeletionPolicy: 'Retain', Properties: { DeletionProtectionEnabled: true } });
    expect(ofType(made, 'AWS::S3::Bucket').map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(['Retain']);
    expect(ofType(made, 'AWS::Cognito::UserPool').map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(['Retain']);
    const origins = ofType(made, 'AWS::Lambda::Function').flatMap(
      (one) => at(one, 'Environment.Variables.APPS_ORIGIN') ?? [],
    );
    expect(new Set(origins)).toEqual(new Set(['https://*.apps.example.com']));
  }, 60_000);
});
