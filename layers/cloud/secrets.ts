import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { clientDefaults } from './client.ts';
import { available, awsErrorName } from './failures.ts';

const secrets = new SecretsManagerClient(clientDefaults);

/** The present text of a secret; undefined before its first value. */
export async function readSecret(secretId: string): Promise<string | undefined> {
  const command = new GetSecretValueCommand({ SecretId: secretId });
  try {
    return (await available('Secrets Manager', () => secrets.send(command))).SecretString;
  } catch (error) {
    if (awsErrorName(error) === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

/** Sets a secret to a text of at most 65,536 bytes. */
export async function writeSecret(secretId: string, text: string): Promise<void> {
  const command = new PutSecretValueCommand({ SecretId: secretId, SecretString: text });
  await available('Secrets Manager', () => secrets.send(command));
}

/** Gives a secret another text, once for each `token` of 32 to 64 characters: a repeat changes nothing. */
export async function renewSecret(secretId: string, text: string, token: string): Promise<void> {
  const command = new PutSecretValueCommand({ SecretId: secretId, SecretString: text, ClientRequestToken: token });
  await unlessExists(() => secrets.send(command));
}

/** Creates a secret with a text, encrypted under a key. An existing secret of the name stays as it is. */
export async function createSecret(
  name: string,
  text: string,
  key: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const command = new CreateSecretCommand({ Name: name, SecretString: text, KmsKeyId: key, Tags });
  await unlessExists(() => secrets.send(command));
}

async function unlessExists(call: () => Promise<unknown>): Promise<void> {
  try {
    await available('Secrets Manager', call);
  } catch (error) {
    if (awsErrorName(error) !== 'ResourceExistsException') throw error;
  }
}

/** Deletes a secret at once and for good; harmless when it is gone. */
export async function deleteSecret(secretId: string): Promise<void> {
  const command = new DeleteSecretCommand({ SecretId: secretId, ForceDeleteWithoutRecovery: true });
  try {
    await available('Secrets Manager', () => secrets.send(command));
  } catch (error) {
    if (awsErrorName(error) !== 'ResourceNotFoundException') throw error;
  }
}
