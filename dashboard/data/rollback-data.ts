import { restoredSlug, restoredTo } from '@gantry/client/restored.ts';
import type { GantryError } from '@gantry/contract/errors.ts';
import type { Database } from '@gantry/contract/schemas/databases.ts';
import type { Deployment, Replacement, RestorePoint } from '@gantry/contract/schemas/deployments.ts';
import { useQuery } from '@tanstack/react-query';
import { useAct } from './act.ts';
import { api } from './api.ts';
import { databasesQuery, environmentParams } from './databases.ts';
import { instanceParams, useService } from './place.ts';

/** The data of an earlier release, and how far it is restored. */
export interface RollbackData {
  readonly point: RestorePoint | undefined;
  /** One for each database of the point; undefined for one that is not restored yet. */
  readonly restored: readonly (Database | undefined)[];
  /** `none` before the restore, `busy` during it; `ready` when the service may get the restored databases. */
  readonly state: 'none' | 'busy' | 'ready';
  /** The databases that a rollback exchanges, once they are ready. */
  readonly replacements: readonly Replacement[];
  readonly error: GantryError | null;
  /** Restores the databases that an earlier try has not restored. */
  restore(): void;
}

/**
 * Reads the moment to which the data of a release returns, and restores its databases as new ones next to the present
 * ones.
 */
export function useRollbackData({ id }: Deployment): RollbackData {
  const place = useService();
  const params = environmentParams(place);
  const query = { deploymentId: id };
  const { data: point } = useQuery(api('deployments.restorePoint', { params: instanceParams(place), query }));
  const { data: databases = [] } = useQuery(databasesQuery(params));
  const act = useAct('databases.restore', { quiet: true, refetches: ['databases.list'] });
  const at = point?.at ?? null;
  const wanted = at === null ? [] : (point?.databases ?? []);
  const restored = wanted.map(({ databaseId }) => restoredTo(databases, databaseId, at ?? ''));
  const isReady = restored.every((database) => database?.status === 'ready');
  const isBusy = act.isPending || restored.some((database) => database !== undefined && database.status !== 'ready');
  const restore = async () => {
    for (const [index, { databaseId, slug }] of wanted.entries())
      if (at !== null && restored[index] === undefined)
        await act.mutateAsync({
          params,
          body: { slug: restoredSlug(slug, at), from: { kind: 'moment', databaseId, at } },
        });
  };
  return {
    point,
    restored,
    state: wanted.length > 0 && isReady ? 'ready' : isBusy ? 'busy' : 'none',
    replacements: wanted.map(({ databaseId }, index) => ({ databaseId, replacement: restored[index]?.id ?? '' })),
    error: act.error,
    restore: () => void restore().catch(() => undefined),
  };
}
