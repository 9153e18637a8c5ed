import { randomUUID } from 'node:crypto';
import type { Access } from '../../kernel/access.ts';
import type { Meter } from '../../kernel/meter.ts';
import { type AnyOperation, AwsError } from '../../kernel/service.ts';
import type { Collection } from '../../kernel/store.ts';
import { requestTags, resourceTags, type Tags } from '../../kernel/tags.ts';
import { operation } from '../../wire/operation.ts';
import type { Deleted, Secret, Value, Values } from './secrets.ts';

interface Parts {
  readonly values: Values;
  readonly meter: Meter;
  /** A secret by its name or ARN, with or without AWS's suffix. */
  find(id: string): Secret | undefined;
  /** Secrets that are being deleted, by name. */
  readonly deleted: Collection<Deleted>;
  /** The ARN for permissions, whether or not the secret exists. */
  arnOf(id: string): string;
  /** Creates a secret outside of the template. Throws `ResourceExistsException` for an existing name. */
  create(name: string, key: string, tags: Tags): Secret;
  /** Deletes such a secret with its contents, or one that is being deleted. */
  remove(secret: Secret): void;
}

interface Named {
  readonly SecretId: string;
}

interface CreateInput {
  readonly Name: string;
  readonly SecretString?: string;
  readonly KmsKeyId?: string;
  readonly ClientRequestToken?: string;
  readonly Tags?: readonly { readonly Key?: string; readonly Value?: string }[];
}

interface DeleteInput extends Named {
  readonly ForceDeleteWithoutRecovery?: boolean;
}

interface PutInput extends Named {
  readonly ClientRequestToken?: string;
  readonly SecretString?: string;
  readonly SecretBinary?: string;
}

/** The most bytes of a value. https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const VALUE_BYTES = 65_536;

/** Secrets Manager's operations that the product and its operator call. */
export function createOperations({
  values,
  meter,
  find,
  deleted,
  arnOf,
  create,
  remove,
}: Parts): Readonly<Record<string, AnyOperation>> {
  const may =
    (action: string) =>
    ({ SecretId }: Named): readonly Access[] => [
      { action: `secretsmanager:${action}`, resource: arnOf(SecretId), context: resourceTags(find(SecretId)?.tags) },
    ];
  const secretOf = ({ SecretId }: Named): Secret => {
    meter.count('secretsmanager.requests');
    const secret = find(SecretId);
    if (secret !== undefined) return secret;
    throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  };

  return {
    GetSecretValue: operation({
      uses: ['SecretId'],
      access: may('GetSecretValue'),
      handle(input: Named, { principal }) {
        const secret = secretOf(input);
        const { id, created, ...value } = values.current(secret, principal);
        return { ...named(secret), ...value, VersionId: id, VersionStages: ['AWSCURRENT'], CreatedDate: created };
      },
    }),
    CreateSecret: operation({
      uses: ['Name', 'SecretString', 'KmsKeyId', 'ClientRequestToken', 'Tags'],
      access({ Name, Tags = [] }: CreateInput): readonly Access[] {
        const [resource, context] = [arnOf(Name), requestTags(tagsOf(Tags))];
        const actions = Tags.length > 0 ? ['CreateSecret', 'TagResource'] : ['CreateSecret'];
        return actions.map((action) => ({ action: `secretsmanager:${action}`, resource, context }));
      },
      handle({ Name, SecretString, KmsKeyId = 'alias/aws/secretsmanager', ...more }: CreateInput, { principal }) {
        meter.count('secretsmanager.requests');
        const { ClientRequestToken: id = randomUUID(), Tags = [] } = more;
        const secret = create(Name, KmsKeyId, tagsOf(Tags));
        if (SecretString === undefined) return named(secret);
        try {
          values.put(secret, id, givenValue({ SecretId: Name, SecretString }), principal);
        } catch (error) {
          remove(secret);
          throw error;
        }
        return { ...named(secret), VersionId: id };
      },
    }),
    DeleteSecret: operation({
      uses: ['SecretId', 'ForceDeleteWithoutRecovery'],
      access: may('DeleteSecret'),
      handle({ SecretId, ForceDeleteWithoutRecovery = false }: DeleteInput) {
        if (!ForceDeleteWithoutRecovery)
          throw new AwsError('ValidationException', 'local cloud: a recovery window of a secret is not emulated');
        meter.count('secretsmanager.requests');
        const secret = find(SecretId) ?? deleted.get(nameOf(SecretId));
        if (secret !== undefined) remove(secret);
        // A secret that is gone or being deleted is no error.
        const { arn = arnOf(SecretId), name = nameOf(SecretId) } = secret ?? {};
        return { ARN: arn, Name: name, DeletionDate: Date.now() / 1000 };
      },
    }),
    PutSecretValue: operation({
      uses: ['SecretId', 'ClientRequestToken', 'SecretString', 'SecretBinary'],
      access: may('PutSecretValue'),
      handle(input: PutInput, { principal }) {
        const { ClientRequestToken: id = randomUUID() } = input;
        const secret = secretOf(input);
        values.put(secret, id, givenValue(input), principal);
        const [stage = 'AWSCURRENT'] = Object.entries(values.labels(secret)).find(([, each]) => each === id) ?? [];
        return { ...named(secret), VersionId: id, VersionStages: [stage] };
      },
    }),
    DescribeSecret: operation({
      uses: ['SecretId'],
      access: may('DescribeSecret'),
      handle(input: Named) {
        const leaving = deleted.get(nameOf(input.SecretId));
        if (leaving !== undefined) return { ...named(leaving), KmsKeyId: leaving.key, DeletedDate: leaving.at };
        const secret = secretOf(input);
        const stages = Object.entries(values.labels(secret)).map(([label, id]) => [id, [label]] as const);
        return { ...named(secret), KmsKeyId: secret.key, VersionIdsToStages: Object.fromEntries(stages) };
      },
    }),
  };
}

function tagsOf(given: NonNullable<CreateInput['Tags']>): Tags {
  return Object.fromEntries(given.map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** The name of a secret, from its name or its ARN. */
function nameOf(id: string): string {
  return id.startsWith('arn:') ? id.slice(id.lastIndexOf(':') + 1).replace(/-[A-Za-z0-9]{6}$/, '') : id;
}

function named({ arn, name }: Secret) {
  return { ARN: arn, Name: name };
}

function givenValue({ SecretString, SecretBinary }: PutInput): Value {
  if ((SecretString === undefined) === (SecretBinary === undefined)) {
    throw new AwsError('InvalidParameterException', 'You must provide either SecretString or SecretBinary.');
  }
  const value = SecretString === undefined ? { SecretBinary: SecretBinary ?? '' } : { SecretString };
  const bytes =
    'SecretString' in value ? Buffer.byteLength(value.SecretString) : Buffer.byteLength(value.SecretBinary, 'base64');
  if (bytes > VALUE_BYTES) {
    throw new AwsError('InvalidParameterException', `A secret has at most ${VALUE_BYTES} bytes, not ${bytes}.`);
  }
  return value;
}
