import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { decrypt, generateDataKey } from '@gantry/cloud/kms.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Principal } from '../../../../local/kernel/iam.ts';
import { openKeyring } from '../../../../local/services/kms/keyring.ts';
import { createKms } from '../../../../local/services/kms/kms.ts';
import { actingAs } from '../../caller.ts';
import { type Bench, bench } from '../../support.ts';
import { declare } from '../declare.ts';

const ROOT = { AWS: 'arn:aws:iam::000000000000:root' };
const delegating = { Effect: 'Allow', Principal: ROOT, Action: 'kms:*', Resource: '*' };
const text = Buffer.from('a secret');

let at: Bench;
let room: ReturnType<typeof createKms>;
let key: { readonly ref: string; readonly arn: string };

async function declareKey(name: string, ...Statement: readonly object[]) {
  const { ref, attributes } = await declare(at.kernel, room, 'AWS::KMS::Key', name, {
    KeyPolicy: { Version: '2012-10-17', Statement },
    EnableKeyRotation: true,
  });
  return { ref, arn: String(attributes.Arn) };
}

beforeAll(async () => {
  at = await bench((kernel) => {
    room = createKms(kernel);
    return [room];
  });
  key = await declareKey('Key', delegating);
  await declare(at.kernel, room, 'AWS::KMS::Alias', 'Alias', { AliasName: 'alias/gantry', TargetKeyId: key.arn });
});
afterAll(() => at.close());

let callers = 0;
function caller(...statements: readonly object[]): { readonly principal: Principal; readonly kms: KMSClient } {
  callers += 1;
  const principal = at.role(`Caller${callers}`, statements);
  return { principal, kms: new KMSClient(at.client(principal)) };
}
const may = (more: object = {}) => ({
  Effect: 'Allow',
  Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey'],
  Resource: key.arn,
  ...more,
});
const encrypt = (kms: KMSClient, KeyId: string, EncryptionContext = {}) =>
  kms.send(new EncryptCommand({ KeyId, Plaintext: text, EncryptionContext }));

describe('a key', () => {
  it('encrypts by id, ARN or alias, and its ciphertext names the key', async () => {
    const { kms } = caller(may());
    for (const KeyId of [key.ref, key.arn, 'alias/gantry', key.arn.replace(/key\/.*/, 'alias/gantry')]) {
      const { CiphertextBlob, KeyId: used } = await encrypt(kms, KeyId);
      expect(used).toBe(key.arn);
      expect(Buffer.from(CiphertextBlob ?? []).includes(text)).toBe(false);
      const { Plaintext, ...answer } = await kms.send(new DecryptCommand({ CiphertextBlob }));
      expect(Buffer.from(Plaintext ?? [])).toEqual(text);
      expect(answer).toMatchObject({ KeyId: key.arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' });
    }
    expect(at.kernel.meter.snapshot()['kms.requests']).toBeGreaterThanOrEqual(8);
  });

  it('gives data keys that it alone can decrypt, with the same context in any order', async () => {
    const { kms } = caller(may());
    const EncryptionContext = { team: 'tem_1', service: 'svc_1' };
    const command = new GenerateDataKeyCommand({ KeyId: key.ref, KeySpec: 'AES_256', EncryptionContext });
    const { Plaintext, CiphertextBlob } = await kms.send(command);
    expect(Plaintext).toHaveLength(32);
    const open = (context: Record<string, string>) =>
      kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: context }));
    expect((await open({ service: 'svc_1', team: 'tem_1' })).Plaintext).toEqual(Plaintext);
    for (const context of [{}, { team: 'tem_1' }, { ...EncryptionContext, team: 'tem_2' }]) {
      await expect(open(context)).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
    }
  });

  it('refuses foreign ciphertexts, missing keys, and wrong sizes', async () => {
    const { kms } = caller(may({ Resource: '*' }));
    const other = await declareKey('Other', delegating);
    const { CiphertextBlob = new Uint8Array() } = await encrypt(kms, key.ref);
    const damaged = CiphertextBlob.map((byte, index) => (index === CiphertextBlob.length - 1 ? byte ^ 1 : byte));
    for (const bytes of [damaged, CiphertextBlob.slice(0, 40), Buffer.from('nonsense')]) {
      const command = new DecryptCommand({ CiphertextBlob: bytes });
      await expect(kms.send(command)).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
    }
    const wrongKey = new DecryptCommand({ CiphertextBlob, KeyId: other.arn });
    await expect(kms.send(wrongKey)).rejects.toMatchObject({ name: 'IncorrectKeyException' });
    for (const KeyId of ['alias/none', '11111111-1111-4111-8111-111111111111']) {
      await expect(encrypt(kms, KeyId)).rejects.toMatchObject({ name: 'NotFoundException' });
    }
    const both = new GenerateDataKeyCommand({ KeyId: key.ref, KeySpec: 'AES_256', NumberOfBytes: 32 });
    await expect(kms.send(both)).rejects.toThrow('either number of bytes or key spec');
    const large = new EncryptCommand({ KeyId: key.ref, Plaintext: new Uint8Array(4097) });
    await expect(kms.send(large)).rejects.toThrow('4096');
  });

  it('stays the same when declared again, and is useless without its file, which only its owner can read', async () => {
    const { kms } = caller(may());
    const { CiphertextBlob } = await encrypt(kms, key.ref);
    expect(await declareKey('Key', delegating)).toEqual(key);
    await kms.send(new DecryptCommand({ CiphertextBlob }));
    const path = join(at.kernel.dataDir, 'keys', 'material.json');
    expect([statSync(path).mode & 0o777, statSync(join(path, '..')).mode & 0o777]).toEqual([0o600, 0o700]);
    const ciphertext = Buffer.from(CiphertextBlob ?? []).toString('base64');
    expect(openKeyring(path).decrypt(ciphertext)).toEqual(text);
    const lost = openKeyring(join(at.kernel.dataDir, 'lost', 'material.json'));
    lost.open(key.ref);
    expect(() => lost.decrypt(ciphertext)).toThrow(expect.objectContaining({ name: 'InvalidCiphertextException' }));
    expect(readFileSync(path, 'utf8')).toContain(key.ref);
  });

  it('decrypts what it encrypted, for any bytes, with the same context only', () => {
    const ring = openKeyring(join(at.kernel.dataDir, 'property', 'material.json'));
    ring.open(key.ref);
    const context = fc.dictionary(fc.string(), fc.string(), { maxKeys: 4 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), context, context, (bytes, given, other) => {
        const sealed = ring.encrypt(key.ref, Buffer.from(bytes), given);
        expect([...ring.decrypt(sealed, given)]).toEqual([...bytes]);
        const sorted = (pairs: object) => JSON.stringify(Object.entries(pairs).sort());
        if (sorted(given) !== sorted(other)) expect(() => ring.decrypt(sealed, other)).toThrow();
      }),
      { numRuns: 50 },
    );
  });

  it("works for the platform's own code", async () => {
    const { principal } = caller(may());
    const [keyId, context] = [key.arn, { team: 'tem_1' }];
    await actingAs(at, principal, async () => {
      const { plaintext, encrypted } = await generateDataKey(keyId, context);
      expect(plaintext).toHaveLength(32);
      expect(await decrypt(keyId, encrypted, context)).toEqual(plaintext);
      await expect(decrypt(keyId, encrypted, {})).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
    });
  });
});

describe("a key's policy", () => {
  it('that names the account leaves the decision to identity policies, and both statements are recorded', async () => {
    const own = await declareKey('Delegated', delegating);
    await encrypt(caller(may({ Resource: own.arn })).kms, own.ref);
    const usage = at.kernel.iam.usage();
    expect([usage.get('test/Delegated/0'), usage.get(`test/Caller${callers}Policy/0`)]).toEqual([1, 1]);
    await expect(encrypt(caller().kms, own.ref)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`not authorized to perform: kms:Encrypt on resource: ${own.arn}`),
    });
  });

  it('that does not name the account allows those it names, and identity policies allow nobody', async () => {
    const named = caller();
    const arn = named.principal.kind === 'role' ? named.principal.arn : '';
    const own = await declareKey('Own', { ...delegating, Principal: { AWS: arn } });
    await encrypt(named.kms, own.ref);
    const { kms } = caller(may({ Resource: own.arn }));
    await expect(encrypt(kms, own.ref)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('is recorded as missing while suspended, and so is the identity statement that it delegates to', async () => {
    const own = await declareKey('Missed', delegating);
    const { kms } = caller(may({ Resource: own.arn }));
    for (const id of ['test/Missed/0', `test/Caller${callers}Policy/0`]) {
      at.kernel.iam.suspend(id, true);
      await expect(encrypt(kms, own.ref)).rejects.toMatchObject({ name: 'AccessDeniedException' });
      expect(at.kernel.iam.missed().get(id)).toBe(1);
      at.kernel.iam.suspend(id, false);
    }
  });

  it('may require a pair of the encryption context, and so may an identity policy', async () => {
    const Condition = { StringEquals: { 'kms:EncryptionContext:team': 'tem_1' } };
    const { kms } = caller(may({ Condition }));
    await encrypt(kms, key.ref, { team: 'tem_1', service: 'any' });
    for (const context of [{ team: 'tem_2' }, {}]) {
      await expect(encrypt(kms, key.ref, context)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    }
  });
});
