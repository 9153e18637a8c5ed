import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { clientDefaults } from './client.ts';
import { available } from './failures.ts';

const kms = new KMSClient(clientDefaults);

/** Pairs that a decryption must repeat. They are no secret: logs and policies show them. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** A new key of 32 bytes, in clear and encrypted under a key of KMS (id, ARN or alias). */
export async function generateDataKey(
  keyId: string,
  context: EncryptionContext,
): Promise<{ readonly plaintext: Uint8Array; readonly encrypted: Uint8Array }> {
  const command = new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: { ...context } });
  const { Plaintext, CiphertextBlob } = await available('KMS', () => kms.send(command));
  if (Plaintext === undefined || CiphertextBlob === undefined)
    throw new Error('KMS answered a data key without its bytes');
  return { plaintext: Plaintext, encrypted: CiphertextBlob };
}

/**
 * The plaintext of a text encrypted under a key of KMS with this context. Throws KMS's `InvalidCiphertextException` for any other text, and
 * `IncorrectKeyException` for another key.
 */
export async function decrypt(keyId: string, encrypted: Uint8Array, context: EncryptionContext): Promise<Uint8Array> {
  const command = new DecryptCommand({ KeyId: keyId, CiphertextBlob: encrypted, EncryptionContext: { ...context } });
  const { Plaintext } = await available('KMS', () => kms.send(command));
  if (Plaintext === undefined) throw new Error('KMS answered without a plaintext');
  return Plaintext;
}
