import { randomBytes } from 'node:crypto';
import { readKeys, writeKeys } from '../../kernel/key-file.ts';
import type { EncryptionContext } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import { open, seal } from './seal.ts';

/** The material of the local keys. It leaves these functions only as ciphertext. */
export interface Keyring {
  /** Makes a key's missing material; it is on disk when this returns. */
  open(keyId: string): void;
  /** Deletes the key's material: everything encrypted with it is lost. */
  remove(keyId: string): void;
  /** Base64 with the id of its key. */
  encrypt(keyId: string, plaintext: Buffer, context?: EncryptionContext): string;
  /** Throws `InvalidCiphertextException` when the text, the context or the material differs from the encryption's. */
  decrypt(ciphertext: string, context?: EncryptionContext): Buffer;
}

/** A ciphertext begins with its version and the id of its key, in bytes. */
const VERSION = 1;
const ID = 16;
const HEAD = 1 + ID;

/** Opens the keys in `path`, a file that only this user may read, in its own folder. */
export function openKeyring(path: string): Keyring {
  const materials = readKeys<string>(path, 'data that they encrypted is then lost.');

  const materialOf = (keyId: string): Buffer => {
    const material = materials.get(keyId);
    if (material === undefined) throw invalidCiphertext();
    return Buffer.from(material, 'base64');
  };

  return {
    open(keyId) {
      if (materials.has(keyId)) return;
      materials.set(keyId, randomBytes(32).toString('base64'));
      writeKeys(path, materials);
    },
    remove(keyId) {
      if (materials.delete(keyId)) writeKeys(path, materials);
    },
    encrypt(keyId, plaintext, context = {}) {
      const head = Buffer.concat([Buffer.from([VERSION]), Buffer.from(keyId.replaceAll('-', ''), 'hex')]);
      return Buffer.concat([head, seal(materialOf(keyId), plaintext, authenticated(head, context))]).toString('base64');
    },
    decrypt(ciphertext, context = {}) {
      const bytes = Buffer.from(ciphertext, 'base64');
      const material = materialOf(keyOf(ciphertext));
      try {
        return open(material, bytes.subarray(HEAD), authenticated(bytes.subarray(0, HEAD), context));
      } catch {
        throw invalidCiphertext();
      }
    },
  };
}

/** The id of a ciphertext's key. Throws `InvalidCiphertextException` for a foreign one. */
export function keyOf(ciphertext: string): string {
  const bytes = Buffer.from(ciphertext, 'base64');
  if (bytes.length < HEAD || bytes[0] !== VERSION) throw invalidCiphertext();
  return bytes
    .subarray(1, HEAD)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The same bytes for the same pairs, in any order. */
function authenticated(head: Buffer, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat([head, Buffer.from(JSON.stringify(pairs))]);
}

/** KMS gives no reason. */
function invalidCiphertext(): AwsError {
  return new AwsError('InvalidCiphertextException', '');
}
