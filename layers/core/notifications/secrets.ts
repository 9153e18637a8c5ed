import { randomBytes } from 'node:crypto';
import { fieldError } from '@gantry/contract/field-names.ts';
import type { ChannelKind } from '@gantry/contract/schemas/channels.ts';
import { addressIn } from '../kernel/address.ts';
import { openValues, sealValues } from '../kernel/envelope.ts';
import type { ChannelRecord } from '../records/channels.ts';
import type { Secrets } from './message.ts';

const SECRET_BYTES = 24;
const KEY = /^[A-Za-z0-9]{20,64}$/;

type Owner = Pick<ChannelRecord, 'teamId' | 'id'>;

export function newSigningSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

export function sealSecrets(owner: Owner, { target, secret }: Secrets): Promise<string> {
  return sealValues({ target, ...(secret !== undefined && { secret }) }, belonging(owner));
}

/** Throws Conflict where the secrets cannot be opened any more. */
export async function openSecrets(channel: ChannelRecord): Promise<Secrets> {
  const { target = '', secret } = await openValues(channel.sealed, belonging(channel));
  return { target, ...(secret !== undefined && { secret }) };
}

function belonging({ teamId, id }: Owner) {
  return { team: teamId, project: 'channels', set: id };
}

/** The part of a receiver's address or key that may be shown. Throws Invalid for one that a channel of this kind cannot call. */
export function hintOf(kind: ChannelKind, target: string, privateAddresses: boolean): string {
  if (kind === 'pagerduty') {
    if (!KEY.test(target)) throw fieldError('body.target', 'must be an integration key of PagerDuty');
    return `…${target.slice(-4)}`;
  }
  return addressIn('body.target', target, privateAddresses).host;
}
