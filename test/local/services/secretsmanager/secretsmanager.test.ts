import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { readSecret, writeSecret } from '@gantry/cloud/secrets.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusedProperties } from '../../../../local/assembly/plan.ts';
import { createKms } from '../../../../local/services/kms/kms.ts';
import { createSecretsManager } from '../../../../local/services/secretsmanager/secretsmanager.ts';
import { actingAs } from '../../caller.ts';
import { type Bench, bench } from '../../support.ts';
import { declare } from '../declare.ts';

let at: Bench;
let kms: ReturnType<typeof createKms>;
let room: ReturnType<typeof createSecretsManager>;
let operator: SecretsManagerClient;

beforeAll(async () => {
  at = await bench((kernel) => {
    kms = createKms(kernel);
    room = createSecretsManager(kernel, kms.keys);
    return [kms, room];
  });
  operator = new SecretsManagerClient(at.client());
});
afterAll(() => at.close());

const secret = async (Name: string, more: object = {}) =>
  (await declare(at.kernel, room, 'AWS::SecretsManager::Secret', Name, { Name, Description: 'for a test', ...more }))
    .ref;
const put = (SecretId: string, SecretString: string, more: object = {}) =>
  operator.send(new PutSecretValueCommand({ SecretId, SecretString, ...more }));
const get = (SecretId: string, client = operator) => client.send(new GetSecretValueCommand({ SecretId }));
const clientOf = (name: string, ...statements: readonly object[]) =>
  new SecretsManagerClient(at.client(at.role(name, statements)));

describe('a secret', () => {
  it('has no value until somebody sets one, and then the last value, by name or ARN', async () => {
    const arn = await secret('gantry/app');
    expect(arn).toMatch(/:secret:gantry\/app-[A-Za-z0-9]{6}$/);
    await expect(get(arn)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    });
    const first = await put(arn, 'first');
    const second = await put('gantry/app', 'second');
    for (const id of [arn, 'gantry/app', arn.slice(0, -7)]) {
      const { ARN, Name, SecretString, VersionId, VersionStages, CreatedDate } = await get(id);
      expect([ARN, Name, SecretString, VersionId]).toEqual([arn, 'gantry/app', 'second', second.VersionId]);
      expect([VersionStages, CreatedDate?.getFullYear()]).toEqual([['AWSCURRENT'], new Date().getFullYear()]);
    }
    const { VersionIdsToStages } = await operator.send(new DescribeSecretCommand({ SecretId: arn }));
    expect(VersionIdsToStages).toEqual({
      [second.VersionId ?? '']: ['AWSCURRENT'],
      [first.VersionId ?? '']: ['AWSPREVIOUS'],
    });
    await expect(get('gantry/other')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(at.kernel.meter.snapshot()['secretsmanager.requests']).toBeGreaterThan(5);
  });

  it('holds text or bytes, not both, up to 64 KB', async () => {
    const arn = await secret('bytes');
    const SecretBinary = Buffer.from([0, 255, 7]);
    await operator.send(new PutSecretValueCommand({ SecretId: arn, SecretBinary }));
    expect(Buffer.from((await get(arn)).SecretBinary ?? [])).toEqual(SecretBinary);
    await expect(put(arn, 'x'.repeat(65_537))).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(put(arn, 'x', { SecretBinary })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('accepts a repeated write once, and refuses another write with its id', async () => {
    const arn = await secret('repeated');
    const ClientRequestToken = 'a2b7c1f0-1111-4222-8333-444455556666';
    await put(arn, 'once', { ClientRequestToken });
    await put(arn, 'twice');
    await put(arn, 'once', { ClientRequestToken });
    expect((await get(arn)).SecretString).toBe('twice');
    await expect(put(arn, 'other', { ClientRequestToken })).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  it('is nowhere in the data folder in clear text', async () => {
    const arn = await secret('hidden');
    const value = 'a-value-that-nobody-else-writes';
    await put(arn, value);
    const files = readdirSync(at.kernel.dataDir, { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    const holding = files.filter(({ parentPath, name }) => readFileSync(join(parentPath, name)).includes(value));
    expect(files.map(({ name }) => name)).toContain('state.db');
    expect(holding).toEqual([]);
  });

  it("needs the right to read it, and no right on KMS with AWS's own key", async () => {
    const arn = await secret('guarded');
    await put(arn, 'guarded');
    const read = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: arn };
    expect((await get(arn, clientOf('reader', read))).SecretString).toBe('guarded');
    await expect(get(arn, clientOf('stranger'))).rejects.toThrow('secretsmanager:GetSecretValue');
  });

  it('with a key of the template needs kms:Decrypt to read and kms:GenerateDataKey to write, for this secret', async () => {
    const { attributes } = await declare(at.kernel, kms, 'AWS::KMS::Key', 'Key', {});
    const key = String(attributes.Arn);
    const arn = await secret('own-key', { KmsKeyId: key });
    const via = { 'kms:ViaService': 'secretsmanager.xx-local-1.amazonaws.com' };
    const Action = ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'];
    const use = { Effect: 'Allow', Action, Resource: arn };
    const keyUse = (action: string, more: object = {}) => ({
      Effect: 'Allow',
      Action: action,
      Resource: key,
      Condition: { StringEquals: { ...via, 'kms:EncryptionContext:SecretARN': arn, ...more } },
    });
    const write = (client: SecretsManagerClient) =>
      client.send(new PutSecretValueCommand({ SecretId: arn, SecretString: 'kept' }));
    await expect(write(clientOf('w1', use, keyUse('kms:Decrypt')))).rejects.toThrow('kms:GenerateDataKey');
    await write(clientOf('w2', use, keyUse('kms:Decrypt'), keyUse('kms:GenerateDataKey')));
    await expect(get(arn, clientOf('r1', use))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const elsewhere = keyUse('kms:Decrypt', { 'kms:EncryptionContext:SecretARN': `${arn}x` });
    await expect(get(arn, clientOf('r2', use, elsewhere))).rejects.toThrow('kms:Decrypt');
    expect((await get(arn, clientOf('r3', use, keyUse('kms:Decrypt')))).SecretString).toBe('kept');
    const direct = new KMSClient(at.client(at.role('r4', [keyUse('kms:Decrypt')])));
    const { dataKey } = at.kernel.store
      .collection<{ readonly current: { readonly dataKey: string } }>('secretsmanager.versions')
      .get(arn)?.current ?? { dataKey: '' };
    const CiphertextBlob = Buffer.from(dataKey, 'base64');
    await expect(direct.send(new DecryptCommand({ CiphertextBlob }))).rejects.toThrow('kms:Decrypt');
  });

  it('that the template generates exists from the start, and stays', async () => {
    const [type] = room.resources ?? [];
    if (type === undefined) throw new Error('the room declares no type');
    const generated = { Name: 'made', GenerateSecretString: { PasswordLength: 40, ExcludePunctuation: true } };
    const { ref } = await declare(at.kernel, room, type.type, 'Made', generated);
    const reference = `secretsmanager:${ref}:SecretString:::`;
    const value = room.dynamic?.(reference);
    expect(value).toMatch(/^[A-Za-z0-9]{40}$/);
    await declare(at.kernel, room, type.type, 'Made', generated);
    expect(room.dynamic?.(reference)).toBe(value);
    const odd = declare(at.kernel, room, type.type, 'Odd', { Name: 'odd', GenerateSecretString: {} });
    await expect(odd).rejects.toThrow('with punctuation is not emulated');
  });

  it('that a template would fill or generate by a pattern is refused by name', () => {
    const [type] = room.resources ?? [];
    if (type === undefined) throw new Error('the room declares no type');
    const refused = refusedProperties(type, {
      Name: 'a',
      GenerateSecretString: { SecretStringTemplate: '{}' },
      SecretString: 'x',
    });
    expect(refused).toEqual(['GenerateSecretString.SecretStringTemplate', 'SecretString']);
  });

  it('can be read and set by the platform', async () => {
    const arn = await secret('platform');
    const Action = ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'];
    const principal = at.role('platform', [{ Effect: 'Allow', Action, Resource: arn }]);
    await actingAs(at, principal, async () => {
      expect(await readSecret(arn)).toBeUndefined();
      await writeSecret(arn, 'filled');
      expect(await readSecret(arn)).toBe('filled');
    });
  });

  it('can be read after a restart before any other use of its key', () => {
    const use = { principal: { kind: 'operator' }, service: 'secretsmanager', context: { SecretARN: 'one' } } as const;
    const { plaintext, encrypted } = kms.keys.generateDataKey('alias/aws/secretsmanager', use);
    expect(createKms(at.kernel).keys.decrypt('alias/aws/secretsmanager', encrypted, use)).toEqual(plaintext);
  });
});
