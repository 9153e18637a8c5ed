import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningCloud } from './cloud.ts';
import type { Credentials } from './kernel/iam.ts';
import { REGION } from './kernel/kernel.ts';

/** The content of `endpoints.json`, for other programs on this machine: addresses, the operator's token, the first owner. */
export interface Endpoints {
  readonly api: string;
  readonly docs: string;
  readonly aws: string;
  readonly kubernetes: string;
  /** The pattern of apps' addresses. */
  readonly apps: string;
  readonly owner: { readonly email: string; readonly password: string };
  /** The region and the operator's keys, for the AWS CLI and SDKs against `aws`. They may do everything, and end with this process. */
  readonly region: string;
  readonly credentials: Credentials;
  /** Opens the operator's routes under `/_local/` of the AWS endpoint. */
  readonly console: { readonly token: string };
  readonly pid: number;
  readonly outputs: RunningCloud['outputs'];
}

export function endpointsOf({ addresses, kernel, owner, token, outputs }: RunningCloud): Endpoints {
  const { port } = new URL(addresses.front);
  return {
    api: addresses.front,
    docs: `${addresses.front}/docs`,
    aws: addresses.aws,
    kubernetes: addresses.kubernetes,
    apps: `http://<service>-<environment>-<project>.localhost:${port}`,
    owner,
    region: REGION,
    credentials: kernel.iam.credentials({ kind: 'operator' }),
    console: { token },
    pid: process.pid,
    outputs,
  };
}

/** Writes `endpoints.json`, which only this user can read. Readers never see a half-written file. */
export function writeEndpoints(dataDir: string, endpoints: Endpoints): void {
  const path = join(dataDir, 'endpoints.json');
  writeFileSync(`${path}.new`, `${JSON.stringify(endpoints, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The table that `npm start` prints. */
export function tableOf({ api, docs, aws, kubernetes, apps, owner }: Endpoints): string {
  const rows = [
    ['Dashboard', api],
    ['API', `${api}/v1`],
    ['Docs', docs],
    ['AWS endpoint', aws],
    ['Kubernetes', kubernetes],
    ['Apps', apps],
    ['Owner', owner.email],
    ['Password', owner.password],
  ] as const;
  return rows.map(([name, value]) => `  ${name.padEnd(14)}${value}`).join('\n');
}
