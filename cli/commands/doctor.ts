import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ErrorKind, GantryError } from '@gantry/contract/errors.ts';
import { version } from '@gantry/contract/version.ts';
import { credentialsFile } from '../credentials.ts';
import { type Surroundings, verb } from '../declare.ts';
import { codeOf } from '../files.ts';
import { findLink } from '../link.ts';
import { type DiskUse, localDiskUse } from '../local.ts';
import { columns } from '../output.ts';
import { serverOf } from '../server.ts';
import { openSession, type Session, SKEW_MS } from '../session.ts';

interface Check {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  /** The kind of error when the check fails. */
  readonly kind: ErrorKind;
}

export const command = verb({
  details:
    'Looks at the versions, the address, the clock, your sign-in, the file that keeps it, and the link of this folder. For a Gantry on this machine it also shows the disk use.',
  examples: ['doctor', 'doctor --json'],
  async run(context) {
    const { out } = context;
    const checks: Check[] = [
      { check: 'command', ok: true, detail: `${version}, on Node ${process.version}`, kind: 'Invalid' },
    ];
    checks.push(await attempt('sign-in file', 'Invalid', () => checkFile(context)));
    let session: Session | undefined;
    const opened = await attempt('address', 'Unauthenticated', async () => {
      session = await openSession(context);
      return session.api;
    });
    checks.push(opened);
    if (session !== undefined) checks.push(...(await checkServer(session)), ...(await checkDisk(context, session)));
    checks.push(await attempt('link', 'NotFound', () => checkLink(context, session)));
    const rows = checks.map(({ check, ok, detail }) => [ok ? '✓' : '✗', check, detail]);
    out.result(
      checks.map(({ check, ok, detail }) => ({ check, ok, detail })),
      columns(rows),
    );
    const failed = checks.filter(({ ok }) => !ok);
    const [first] = failed;
    if (first === undefined) return;
    const names = failed.map(({ check }) => check).join(', ');
    throw new GantryError(first.kind, `${failed.length} ${failed.length === 1 ? 'check' : 'checks'} failed: ${names}.`);
  },
});

/** A check returns its finding, and throws when something is wrong. */
async function attempt(check: string, kind: ErrorKind, look: () => Promise<string>): Promise<Check> {
  try {
    return { check, ok: true, detail: await look(), kind };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { check, ok: false, detail, kind: error instanceof GantryError ? error.kind : kind };
  }
}

async function checkServer({ api, client, kind }: Session): Promise<Check[]> {
  const server = await serverOf(api);
  return [
    await attempt('server', 'Unavailable', async () => {
      if (server === undefined) throw new GantryError('Unavailable', `${api} does not answer.`);
      if (server.version !== version)
        throw new GantryError('Conflict', `Gantry ${server.version}; this command is ${version}.`);
      return `Gantry ${server.version}, stage ${server.stage}`;
    }),
    await attempt('clock', 'Invalid', async () => {
      const skew = server?.skewMs ?? 0;
      if (Math.abs(skew) > SKEW_MS)
        throw new GantryError(
          'Invalid',
          `The clock of this machine is ${Math.round(Math.abs(skew) / 1000)} s ${skew > 0 ? 'ahead' : 'behind'}: set it.`,
        );
      return 'as the server has it';
    }),
    await attempt('sign-in', 'Unauthenticated', async () => {
      const { user } = await client('session.get', {});
      return `${user.email}${kind === 'token' ? ', by API token' : ''}`;
    }),
  ];
}

/** The disk use of a Gantry on this machine; nothing for one elsewhere. */
async function checkDisk({ folder }: Surroundings, { api }: Session): Promise<Check[]> {
  let use: readonly DiskUse[] | undefined;
  const checked = await attempt('disk', 'Unavailable', async () => {
    use = await localDiskUse(api, folder);
    const total = (use ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
    const most = (use ?? []).filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
    return `${sizeOf(total)}: ${most.map(shown).join(', ')}`;
  });
  return use === undefined && checked.ok ? [] : [checked];
}

function shown({ name, bytes, limit }: DiskUse): string {
  return `${name} ${sizeOf(bytes)}${limit === undefined ? '' : ` of ${sizeOf(limit)}`}`;
}

function sizeOf(bytes: number): string {
  const megabytes = bytes / 1024 / 1024;
  return megabytes < 1024 ? `${megabytes.toFixed(megabytes < 10 ? 1 : 0)} MB` : `${(megabytes / 1024).toFixed(1)} GB`;
}

async function checkFile({ env }: Surroundings): Promise<string> {
  const file = credentialsFile(env);
  await file.read();
  try {
    const { mode } = await stat(file.path);
    if ((mode & 0o077) !== 0 && process.platform !== 'win32')
      throw new GantryError('Invalid', `${file.path} is readable by others: chmod 600 it.`);
    await access(dirname(file.path), constants.W_OK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return `${file.path}, none yet`;
    if (codeOf(error) !== undefined)
      throw new GantryError('Invalid', `${dirname(file.path)} cannot be written: renewed sign-ins are lost.`);
    throw error;
  }
  return file.path;
}

async function checkLink({ folder }: Surroundings, session: Session | undefined): Promise<string> {
  const found = await findLink(folder);
  if (found === undefined) return 'none in this folder: see `gantry link`';
  const { team, project, service, environment, api } = found.link;
  if (session === undefined || session.api !== api) return `${found.path}, to another Gantry: ${api}`;
  const params = { teamId: team.id, projectId: project.id };
  await session.client('services.get', { params: { ...params, serviceId: service.id } });
  await session.client('environments.get', { params: { ...params, environmentId: environment.id } });
  return `${project.slug} / ${service.slug} / ${environment.slug}`;
}
