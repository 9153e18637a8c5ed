import { GantryError } from '@gantry/contract/errors.ts';
import { fieldError } from '@gantry/contract/field-names.ts';
import type { DatabaseEngine, NewDatabase } from '@gantry/contract/schemas/databases.ts';
import type { Engine, EngineTable } from './engine.ts';
import { mongodb } from './mongodb.ts';
import { mysql } from './mysql.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';

const engines: EngineTable = { postgres, mysql, redis, mongodb };

/** The engine of an existing database. */
export function engineOf(name: DatabaseEngine): Engine {
  const engine = engines[name];
  if ('missing' in engine)
    throw new GantryError('Conflict', `${engine.title} cannot be created yet. ${engine.missing}`);
  return engine;
}

/** The version of a new database. Throws Conflict for an engine that cannot be created, Invalid for a version that it does not have. */
export function versionFor({ engine: name, engineVersion }: NewDatabase): string {
  const { title, versions } = engineOf(name);
  const [newest = ''] = versions;
  if (engineVersion === undefined || versions.includes(engineVersion)) return engineVersion ?? newest;
  throw fieldError('body.engineVersion', `is not one of ${title} that can be created: ${versions.join(', ')}`);
}
