import type { Principal } from '../../kernel/iam.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { KeyService, KeyUse } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import type { Tags } from '../../kernel/tags.ts';
import { open, seal } from '../kms/seal.ts';

/** A secret of the template, or a created one. */
export interface Secret {
  readonly arn: string;
  readonly name: string;
  /** The key of its values: id, ARN or alias. */
  readonly key: string;
  readonly tags?: Tags;
}

/** A secret that keeps its name until its final deletion. `at` is in seconds since 1970. */
export interface Deleted extends Secret {
  readonly at: number;
}

/** The value of a secret: a text or, in base64, bytes. */
export type Value = { readonly SecretString: string } | { readonly SecretBinary: string };

/** A stored version: a data key encrypts the value, and the secret's key encrypts the data key. */
interface Version {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly dataKey: string;
  readonly sealed: string;
}

/** The versions with a staging label; older ones are deleted. */
interface Versions {
  readonly current: Version;
  readonly previous?: Version;
}

export interface Values {
  /** Makes `value` current. A repeat with the same version id changes nothing. Throws `ResourceExistsException` for another value. */
  put(secret: Secret, id: string, value: Value, principal: Principal): void;
  /** Throws `ResourceNotFoundException` without a value. */
  current(secret: Secret, principal: Principal): Value & { readonly id: string; readonly created: number };
  /** Version ids by staging label. */
  labels(secret: Secret): Readonly<Record<string, string>>;
  /** Deletes its contents. */
  erase(secret: Secret): void;
}

export function createValues(kernel: Kernel, keys: KeyService): Values {
  const kept = kernel.store.collection<Versions>('secretsmanager.versions');

  /** Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html */
  const useOf = ({ arn }: Secret, id: string, principal: Principal): KeyUse => ({
    principal,
    service: 'secretsmanager',
    context: { SecretARN: arn, SecretVersionId: id },
  });

  const read = (secret: Secret, { id, dataKey, sealed }: Version, principal: Principal): Value => {
    const key = keys.decrypt(secret.key, dataKey, useOf(secret, id, principal));
    return JSON.parse(open(key, Buffer.from(sealed, 'base64'), Buffer.from(id)).toString('utf8')) as Value;
  };

  const encrypt = (secret: Secret, id: string, value: Value, principal: Principal): Version => {
    const { plaintext, encrypted } = keys.generateDataKey(secret.key, useOf(secret, id, principal));
    const sealed = seal(plaintext, Buffer.from(JSON.stringify(value)), Buffer.from(id));
    return { id, created: Date.now() / 1000, dataKey: encrypted, sealed: sealed.toString('base64') };
  };

  return {
    put(secret, id, value, principal) {
      const versions = kept.get(secret.arn);
      const same = [versions?.current, versions?.previous].find((version) => version?.id === id);
      if (same === undefined) {
        const previous = versions && { previous: versions.current };
        const current = encrypt(secret, id, value, principal);
        // AWS also checks the writer for `kms:Decrypt`.
        read(secret, current, principal);
        kept.put(secret.arn, { current, ...previous });
      } else if (JSON.stringify(read(secret, same, principal)) !== JSON.stringify(value)) {
        throw new AwsError(
          'ResourceExistsException',
          `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${secret.arn}.`,
        );
      }
    },
    current(secret, principal) {
      const version = kept.get(secret.arn)?.current;
      if (version === undefined) {
        throw new AwsError(
          'ResourceNotFoundException',
          "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
        );
      }
      return { ...read(secret, version, principal), id: version.id, created: version.created };
    },
    erase: ({ arn }) => kept.delete(arn),
    labels(secret) {
      const { current, previous } = kept.get(secret.arn) ?? {};
      return {
        ...(current === undefined ? {} : { AWSCURRENT: current.id }),
        ...(previous === undefined ? {} : { AWSPREVIOUS: previous.id }),
      };
    },
  };
}
