import { createHash } from 'node:crypto';
import type { Access } from '../../kernel/access.ts';
import { ACCOUNT, type Kernel, REGION } from '../../kernel/kernel.ts';
import { keyFile } from '../../kernel/key-file.ts';
import type { EncryptionContext } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import { type Keyring, keyOf, openKeyring } from './keyring.ts';

/** The keys and aliases of the template, and those that AWS manages for a service (`alias/aws/<service>`). */
export interface Keys {
  readonly ring: Keyring;
  declare(at: string): { readonly id: string; readonly arn: string };
  alias(name: string, target: string): void;
  /** Deletes a key and its material at once; AWS would wait for some days, in which the key is unusable. */
  remove(id: string): void;
  /** The id of a key, from its id, ARN, alias or alias ARN. Throws `NotFoundException`. */
  find(reference: string): string;
  /** The id of the key that a ciphertext names. Throws `InvalidCiphertextException`. */
  ofCiphertext(ciphertext: string): string;
}

const PREFIX = `arn:aws:kms:${REGION}:${ACCOUNT}:`;
const MANAGED = /^alias\/aws\/([a-z]+)$/;

export function createKeys({ dataDir, iam }: Kernel): Keys {
  const ring = openKeyring(keyFile(dataDir, 'material.json'));
  const ids = new Set<string>();
  const aliases = new Map<string, string>();

  const declare = (at: string) => {
    const id = uuidOf(at);
    ring.open(id);
    ids.add(id);
    return { id, arn: keyArn(id) };
  };

  /** A key that AWS manages serves everybody in the account through its service. */
  const manage = (alias: string, service: string): string => {
    const { id, arn } = declare(alias);
    aliases.set(alias, id);
    const through = { 'kms:CallerAccount': ACCOUNT, 'kms:ViaService': viaService(service) };
    const Statement = {
      Effect: 'Allow' as const,
      Principal: { AWS: '*' },
      Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey*'],
      Resource: '*',
      Condition: { StringEquals: through },
    };
    iam.protect(arn, { Statement }, alias);
    return id;
  };

  const find = (reference: string): string => {
    const name = reference.startsWith(PREFIX) ? reference.slice(PREFIX.length) : reference;
    const service = MANAGED.exec(name)?.[1];
    const known = name.startsWith('alias/') ? aliases.get(name) : name.replace(/^key\//, '');
    if (known !== undefined && ids.has(known)) return known;
    if (service !== undefined) return manage(name, service);
    const what = name.startsWith('alias/') ? `Alias ${PREFIX}${name} is not found.` : undefined;
    throw new AwsError('NotFoundException', what ?? `Key '${keyArn(name.replace(/^key\//, ''))}' does not exist`);
  };

  return {
    ring,
    declare,
    find,
    alias: (name, target) => void aliases.set(name, find(target)),
    remove(id) {
      ids.delete(id);
      ring.remove(id);
    },
    ofCiphertext(ciphertext) {
      const id = keyOf(ciphertext);
      if (!ids.has(id)) throw new AwsError('InvalidCiphertextException', '');
      return id;
    },
  };
}

export function keyArn(id: string): string {
  return `${PREFIX}key/${id}`;
}

/** A use of a key, for its policy; `service` uses the key for the caller. */
export function useOf(action: string, keyId: string, pairs: EncryptionContext = {}, service?: string): Access {
  const context: Record<string, string | readonly string[]> = { 'kms:CallerAccount': ACCOUNT };
  for (const [key, value] of Object.entries(pairs)) context[`kms:EncryptionContext:${key}`] = value;
  if (Object.keys(pairs).length > 0) context['kms:EncryptionContextKeys'] = Object.keys(pairs);
  if (service !== undefined) context['kms:ViaService'] = viaService(service);
  return { action: `kms:${action}`, resource: keyArn(keyId), context };
}

function viaService(service: string): string {
  return `${service}.${REGION}.amazonaws.com`;
}

/** The same id for the same place of the template at every start, in the form of a version 4 UUID. */
function uuidOf(at: string): string {
  const hex = createHash('sha256').update(at).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
}
