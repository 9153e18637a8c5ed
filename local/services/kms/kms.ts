import { randomBytes } from 'node:crypto';
import type { PolicyDocument } from '../../kernel/iam.ts';
import { ACCOUNT, type Kernel } from '../../kernel/kernel.ts';
import type { KeyService } from '../../kernel/ports.ts';
import type { ResourceType, Room } from '../../kernel/resource.ts';
import { createKeys, type Keys, useOf } from './keys.ts';
import { createOperations } from './operations.ts';

/** The policy of a key without its own: the account's identity policies decide. */
const USUAL_POLICY: PolicyDocument = {
  Statement: { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
};

/** KMS: symmetric keys with their material in a file of the data folder, guarded by their key policies. */
export function createKms(kernel: Kernel): Room & { readonly keys: KeyService } {
  const keys = createKeys(kernel);
  const service: KeyService = {
    generateDataKey(key, { principal, service: via, context }) {
      const id = keys.find(key);
      kernel.iam.require(principal, useOf('GenerateDataKey', id, context, via));
      kernel.meter.count('kms.requests');
      const plaintext = randomBytes(32);
      return { plaintext, encrypted: keys.ring.encrypt(id, plaintext, context) };
    },
    decrypt(key, ciphertext, { principal, service: via, context }) {
      keys.find(key);
      const id = keys.ofCiphertext(ciphertext);
      kernel.iam.require(principal, useOf('Decrypt', id, context, via));
      kernel.meter.count('kms.requests');
      return keys.ring.decrypt(ciphertext, context);
    },
    grant(key, { principal, service: via }) {
      const id = keys.find(key);
      for (const action of ['DescribeKey', 'CreateGrant'])
        kernel.iam.require(principal, useOf(action, id, undefined, via));
      kernel.meter.count('kms.requests');
    },
  };
  return {
    keys: service,
    services: [
      {
        signingName: 'kms',
        protocol: 'json',
        model: () => import('@aws-sdk/client-kms'),
        operations: createOperations(keys, kernel.meter),
      },
    ],
    resources: [keyType(keys), aliasType(keys)],
  };
}

function keyType(keys: Keys): ResourceType {
  const rotation = 'the material of a local key stays the same: nobody but its owner has the file';
  return {
    type: 'AWS::KMS::Key',
    uses: ['KeyPolicy'],
    inert: {
      Description: 'a text for people',
      EnableKeyRotation: rotation,
      RotationPeriodInDays: rotation,
      PendingWindowInDays: 'a key goes with the data folder',
      Tags: 'no policy of the platform looks at a key by its tags',
    },
    declare(properties, place) {
      const { id, arn } = keys.declare(place.at);
      place.kernel.iam.protect(arn, (properties.KeyPolicy ?? USUAL_POLICY) as PolicyDocument, place.at);
      return { ref: id, attributes: { Arn: arn, KeyId: id } };
    },
    remove: (id) => keys.remove(id),
  };
}

function aliasType(keys: Keys): ResourceType {
  return {
    type: 'AWS::KMS::Alias',
    uses: ['AliasName', 'TargetKeyId'],
    declare(properties) {
      const { AliasName: name, TargetKeyId: target } = properties as Readonly<Record<string, string>>;
      if (name === undefined || target === undefined) throw new Error('AliasName and TargetKeyId are needed');
      keys.alias(name, target);
      return { ref: name, attributes: {} };
    },
  };
}
