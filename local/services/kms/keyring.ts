import { randomBytes } from 'node:crypto';
import { readKeys, writeKeys } from '../../kernel/key-file.ts';
import type { EncryptionContext } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import { open, seal } from './seal.ts';

/** The material of the local keys. It leaves this file's functions only as what was encrypted with it. */
export interface Keyring {
  /** Makes the key's material where there is none; it is on disk when this returns. */
  open(keyId: string): void;
  /** Forgets the key's material: what it encrypted is lost. */
  remove(keyId: string): void;
  /** Base64 that names the key it was encrypted with. */
  encrypt(keyId: string, plaintext: Buffer, context?: EncryptionContext): string;
  /** Throws `InvalidCiphertextException` where the text, the context or the material is not the one that it was encrypted with. */
  decrypt(ciphertext: string, context?: EncryptionContext): Buffer;
}

/** A ciphertext begins with its version and the id of its key, in bytes. */
const VERSION = 1;
const ID = 16;
const HEAD = 1 + ID;

/** Opens the keys in `path`, a file that only this user may read, in a folder of its own. */
export function openKeyring(path: string): Keyring {
  const materials = readKeys<string>(path, 'what they encrypted is lost then.');

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

/** The id of the key that a ciphertext names. Throws `InvalidCiphertextException` where it is none of ours. */
export function keyOf(ciphertext: string): string {
  const bytes = Buffer.from(ciphertext, 'base64');
  if (bytes.length < HEAD || bytes[0] !== VERSION) throw invalidCiphertext();
  return bytes
    .subarray(1, HEAD)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The same bytes for the same pairs, in whatever order they are given. */
function authenticated(head: Buffer, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat([head, Buffer.from(JSON.stringify(pairs))]);
}

/** KMS says nothing of why. */
function invalidCiphertext(): AwsError {
  return new AwsError('InvalidCiphertextException', '');
}
