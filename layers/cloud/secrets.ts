import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { clientDefaults } from './client.ts';
import { available, awsErrorName } from './failures.ts';

const secrets = new SecretsManagerClient(clientDefaults);

/** The text that a secret holds now, or undefined where nobody has filled it yet. */
export async function readSecret(secretId: string): Promise<string | undefined> {
  const command = new GetSecretValueCommand({ SecretId: secretId });
  try {
    return (await available('Secrets Manager', () => secrets.send(command))).SecretString;
  } catch (error) {
    if (awsErrorName(error) === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

/** Fills a secret with a text of at most 65,536 bytes. */
export async function writeSecret(secretId: string, text: string): Promise<void> {
  const command = new PutSecretValueCommand({ SecretId: secretId, SecretString: text });
  await available('Secrets Manager', () => secrets.send(command));
}
