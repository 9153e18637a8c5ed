import { join } from 'node:path';
import { type Keyring, openKeyring } from '../../services/kms/keyring.ts';
import { SECRETS } from '../kinds/core.ts';
import { resourceOf } from '../kinds/kind.ts';
import type { KubeObject } from '../model.ts';

/** How objects are written to disk. On a real API server KMS encrypts Secrets here. */
export interface AtRest {
  close(resource: string, object: KubeObject): KubeObject;
  open(resource: string, object: KubeObject): KubeObject;
}

/** The one key, with a material per data folder. */
const KEY = '5ec7e700-0000-4000-8000-000000000001';
/** Replaces `data` on disk. */
const SEALED = 'sealedData';

/** Encrypts the contents of Secrets with a key in a file that only this user may read. */
export function secretsAtRest(dataDir: string): AtRest {
  let ring: Keyring | undefined;
  const keyring = () => {
    ring ??= openKeyring(join(dataDir, 'cluster', 'keys', 'secrets.json'));
    ring.open(KEY);
    return ring;
  };
  const isSecret = (resource: string) => resource === resourceOf(SECRETS);
  const place = ({ metadata: { namespace = '', name, uid = '' } }: KubeObject) => ({ namespace, name, uid });
  return {
    close(resource, object) {
      if (!isSecret(resource) || object.data === undefined) return object;
      const { data, ...rest } = object;
      return { ...rest, [SEALED]: keyring().encrypt(KEY, Buffer.from(JSON.stringify(data)), place(object)) };
    },
    open(resource, object) {
      const { [SEALED]: sealed, ...rest } = object;
      if (!isSecret(resource) || typeof sealed !== 'string') return object;
      return { ...rest, data: JSON.parse(keyring().decrypt(sealed, place(object)).toString('utf8')) };
    },
  };
}
