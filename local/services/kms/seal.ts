import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Parts of a sealed text in bytes: nonce and tag; the rest is as long as the plaintext. */
const NONCE = 12;
const TAG = 16;

/** Encrypts with a key of 32 bytes (AES-256-GCM); opening needs the same `authenticated`. */
export function seal(key: Buffer, plaintext: Buffer, authenticated: Buffer): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(authenticated);
  const text = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

/** Throws when the key, the text or the authenticated data differs from the seal's. */
export function open(key: Buffer, sealed: Buffer, authenticated: Buffer): Buffer {
  const [nonce, tag] = [sealed.subarray(0, NONCE), sealed.subarray(NONCE, NONCE + TAG)];
  const options = { authTagLength: TAG };
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, options).setAAD(authenticated).setAuthTag(tag);
  return Buffer.concat([decipher.update(sealed.subarray(NONCE + TAG)), decipher.final()]);
}
