import { createHash, randomInt, randomUUID } from 'node:crypto';
import { ACCOUNT, type Kernel, REGION } from '../../kernel/kernel.ts';
import type { KeyService, ManagedSecrets } from '../../kernel/ports.ts';
import type { ResourceType, Room } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import { resourceTags, type Tags } from '../../kernel/tags.ts';
import { createOperations } from './operations.ts';
import { createValues, type Deleted, type Secret, type Values } from './secrets.ts';

const PREFIX = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:`;
/** AWS's suffix of a secret's name in its ARN. */
const SUFFIX = /-[A-Za-z0-9]{6}$/;

/** Secrets Manager: secrets that the template declares empty and that are filled later, and created ones. Their values are stored encrypted only. */
export function createSecretsManager(kernel: Kernel, keys: KeyService): Room & { readonly managed: ManagedSecrets } {
  const byName = new Map<string, Secret>();
  const values = createValues(kernel, keys);
  /** Secrets being deleted, by name, with their final day, in seconds since 1970. */
  const deleted = kernel.store.collection<Deleted>('secretsmanager.deleted');
  const created = kernel.store.collection<Secret>('secretsmanager.created');
  const known = (name: string): Secret | undefined => byName.get(name) ?? created.get(name);
  const find = (id: string): Secret | undefined => {
    const name = id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id;
    return known(name) ?? known(name.replace(SUFFIX, ''));
  };
  const create = (name: string, key: string, tags: Tags): Secret => {
    if (known(name) !== undefined)
      throw new AwsError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`);
    const secret = { arn: `${PREFIX}${name}-${letters(6)}`, name, key, tags };
    created.put(name, secret);
    return secret;
  };
  const remove = (secret: Secret): void => {
    if (byName.has(secret.name)) throw new AwsError('InvalidRequestException', 'The template declares this secret.');
    values.erase(secret);
    created.delete(secret.name);
    deleted.delete(secret.name);
  };

  const secretType: ResourceType = {
    type: 'AWS::SecretsManager::Secret',
    uses: ['Name', 'KmsKeyId', 'GenerateSecretString.PasswordLength', 'GenerateSecretString.ExcludePunctuation'],
    inert: { Description: 'a text for people', Tags: 'no policy of the platform looks at a secret by its tags' },
    declare(properties, place) {
      const given = properties as {
        readonly Name?: string;
        readonly KmsKeyId?: string;
        readonly GenerateSecretString?: { readonly PasswordLength?: number; readonly ExcludePunctuation?: boolean };
      };
      const { Name: name = place.name(256), KmsKeyId: key = 'alias/aws/secretsmanager' } = given;
      const { PasswordLength: length = 32, ExcludePunctuation: plain } = given.GenerateSecretString ?? {};
      const arn = `${PREFIX}${name}-${createHash('sha256').update(name).digest('hex').slice(0, 6)}`;
      const secret = { arn, name, key };
      if (given.Name !== undefined && deleted.get(name) !== undefined) throw stillNamed(place.at);
      byName.set(name, secret);
      if (given.GenerateSecretString !== undefined && values.labels(secret).AWSCURRENT === undefined) {
        if (plain !== true) throw new Error(`${place.at}: a generated secret with punctuation is not emulated`);
        values.put(secret, randomUUID(), { SecretString: letters(length) }, { kind: 'operator' });
      }
      return { ref: arn, attributes: { Id: arn } };
    },
    remove(arn) {
      const secret = find(arn);
      if (secret === undefined) return;
      byName.delete(secret.name);
      // CloudFormation gives its own secrets another name the next time, so this one blocks nothing.
      if (GENERATED.test(secret.name)) values.erase(secret);
      else deleted.put(secret.name, { ...secret, at: Date.now() / 1000 });
    },
  };

  return {
    services: [
      {
        signingName: 'secretsmanager',
        protocol: 'json',
        model: () => import('@aws-sdk/client-secrets-manager'),
        operations: createOperations({
          find,
          deleted,
          arnOf: (id) => find(id)?.arn ?? (id.startsWith('arn:') ? id : `${PREFIX}${id}`),
          values,
          create,
          remove,
          meter: kernel.meter,
        }),
      },
    ],
    resources: [secretType],
    managed: managedSecrets(kernel, values, { known, find, create, remove }),
    dynamic(reference) {
      const [, arn = ''] = /^secretsmanager:(.+):SecretString:::$/.exec(reference) ?? [];
      const secret = find(arn);
      const value = secret && values.current(secret, { kind: 'operator' });
      return value !== undefined && 'SecretString' in value ? value.SecretString : undefined;
    },
  };
}

/** Lets other services find, create and delete secrets. */
interface Shelf {
  known(name: string): Secret | undefined;
  find(id: string): Secret | undefined;
  create(name: string, key: string, tags: Tags): Secret;
  remove(secret: Secret): void;
}

/** The secrets that other services keep here for their users. */
function managedSecrets(kernel: Kernel, values: Values, { known, find, create, remove }: Shelf): ManagedSecrets {
  return {
    create(name, value, { key, tags, principal }) {
      const secret = known(name) ?? create(name, key, tags);
      values.put(secret, randomUUID(), { SecretString: value }, principal);
      return secret.arn;
    },
    read(id, principal) {
      const secret = find(id);
      if (secret === undefined)
        throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
      const access = { action: 'secretsmanager:GetSecretValue', resource: secret.arn };
      kernel.iam.require(principal, { ...access, context: resourceTags(secret.tags) });
      const value = values.current(secret, principal);
      return 'SecretString' in value ? value.SecretString : '';
    },
    remove(id) {
      const secret = find(id);
      if (secret !== undefined) remove(secret);
    },
  };
}

/** A name that CloudFormation made: `<stack>-<logical id>-<hash>`. */
const GENERATED = /-[0-9A-F]{12}$/;

function stillNamed(at: string): AwsError {
  const why = "You can't create this secret because a secret with this name is already scheduled for deletion.";
  return new AwsError('InvalidRequestException', `${at}: ${why}`);
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function letters(length: number): string {
  return Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}
