import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { environment } from '@gantry/cloud/environment.ts';
import { decrypt, generateDataKey } from '@gantry/cloud/kms.ts';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The owner of a sealed text. Only this owner can open it: KMS refuses the key for any other. */
export interface Belonging {
  readonly team: string;
  readonly project: string;
  /** The set, its staged changes, or the release. */
  readonly set: string;
}

/** Values by name. */
export type Values = Readonly<Record<string, string>>;

/**
 * Envelope encryption: AES-256-GCM under a fresh data key for each seal. KMS encrypts that key, which is stored beside the text.
 * https://docs.aws.amazon.com/kms/latest/developerguide/kms-cryptography.html#enveloping
 */
export async function sealValues(values: Values, belonging: Belonging): Promise<string> {
  const { plaintext, encrypted } = await generateDataKey(environment('VARIABLES_KEY'), { ...belonging });
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', plaintext, iv);
  const text = Buffer.concat([cipher.update(JSON.stringify(values), 'utf8'), cipher.final()]);
  plaintext.fill(0);
  const sealed = Buffer.concat([iv, cipher.getAuthTag(), text]);
  return `${Buffer.from(encrypted).toString('base64')}.${sealed.toString('base64')}`;
}

/** Opens values that `sealValues` sealed. Throws where they belong to another owner. */
export async function openValues(sealed: string, belonging: Belonging): Promise<Values> {
  const [encrypted = '', text = ''] = sealed.split('.').map((part) => Buffer.from(part, 'base64'));
  const key = await decrypt(environment('VARIABLES_KEY'), Buffer.from(encrypted), { ...belonging });
  const bytes = Buffer.from(text);
  const options = { authTagLength: TAG_BYTES };
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), options);
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const opened = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
  return JSON.parse(opened.toString('utf8')) as Values;
}
