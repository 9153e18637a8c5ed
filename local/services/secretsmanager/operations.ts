import { randomUUID } from 'node:crypto';
import type { Access } from '../../kernel/access.ts';
import type { Meter } from '../../kernel/meter.ts';
import { type AnyOperation, AwsError } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import type { Secret, Value, Values } from './secrets.ts';

interface Parts {
  readonly values: Values;
  readonly meter: Meter;
  /** A secret by its name or ARN, with or without what AWS put behind the name. */
  find(id: string): Secret | undefined;
  /** The ARN that permissions are asked for, whether the secret is there or not. */
  arnOf(id: string): string;
}

interface Named {
  readonly SecretId: string;
}

interface PutInput extends Named {
  readonly ClientRequestToken?: string;
  readonly SecretString?: string;
  readonly SecretBinary?: string;
}

/** The most bytes of a value. https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const VALUE_BYTES = 65_536;

/** Secrets Manager's operations that the product and its operator call. */
export function createOperations({ values, meter, find, arnOf }: Parts): Readonly<Record<string, AnyOperation>> {
  const may =
    (action: string) =>
    ({ SecretId }: Named): readonly Access[] => [{ action: `secretsmanager:${action}`, resource: arnOf(SecretId) }];
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
        const secret = secretOf(input);
        const stages = Object.entries(values.labels(secret)).map(([label, id]) => [id, [label]] as const);
        return { ...named(secret), KmsKeyId: secret.key, VersionIdsToStages: Object.fromEntries(stages) };
      },
    }),
  };
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
