import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { environment } from '@gantry/cloud/environment.ts';
import { awsErrorName } from '@gantry/cloud/failures.ts';
import { decrypt, generateDataKey } from '@gantry/cloud/kms.ts';
import { GantryError } from '@gantry/contract/errors.ts';

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

/** What KMS answers for a key that it cannot open, now or ever. It says nothing of why. */
const CLOSED = /^(InvalidCiphertext|IncorrectKey|NotFound|Disabled|KMSInvalidState|Validation)Exception$/;
const UNOPENED =
  'Stored values cannot be opened: they are damaged, or encrypted under a key that is not here. Set the variables and credentials again, or ask an operator to restore the records together with their key.';

/**
 * Opens values that `sealValues` sealed. Throws Conflict if they belong to another owner, are damaged, or their key is
 * gone.
 */
export async function openValues(sealed: string, belonging: Belonging): Promise<Values> {
  const [encrypted = '', text = ''] = sealed.split('.').map((part) => Buffer.from(part, 'base64'));
  const key = await openKey(Buffer.from(encrypted), belonging);
  try {
    return openText(key, Buffer.from(text));
  } catch (cause) {
    throw new GantryError('Conflict', UNOPENED, [], { cause });
  }
}

async function openKey(encrypted: Uint8Array, belonging: Belonging): Promise<Uint8Array> {
  try {
    return await decrypt(environment('VARIABLES_KEY'), encrypted, { ...belonging });
  } catch (cause) {
    if (!CLOSED.test(awsErrorName(cause))) throw cause;
    throw new GantryError('Conflict', UNOPENED, [], { cause });
  }
}

function openText(key: Uint8Array, bytes: Uint8Array): Values {
  const options = { authTagLength: TAG_BYTES };
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), options);
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const opened = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
  return JSON.parse(opened.toString('utf8')) as Values;
}
