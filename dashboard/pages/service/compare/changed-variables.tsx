import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { useQueries } from '@tanstack/react-query';
import { Card } from '../../../components/card.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { api } from '../../../data/api.ts';
import { useService } from '../../../data/place.ts';
import { namesChangedSince, type Owner, owners, setOf } from '../../../data/variables.ts';

interface ChangedVariablesProps {
  readonly from: Deployment;
  readonly to: Deployment;
}

const ownerTexts: Readonly<Record<Owner, string>> = {
  service: 'Of the service',
  environment: 'Shared in the environment',
  project: 'Shared in the project',
};

/** The names of the variables that changed between two deployments, without values. */
export function ChangedVariables({ from, to }: ChangedVariablesProps) {
  const place = useService();
  const read = useQueries({
    queries: owners.map((owner) => {
      const { params, query } = setOf(place, owner);
      return api('variables.history', { params, query: { ...query, limit: '100' } });
    }),
  });
  const [since, until] = [from.createdAt, to.createdAt].sort();
  const changed = owners.map((owner, at) => ({
    owner,
    names: namesChangedSince(read[at]?.data?.items ?? [], since ?? '', until),
  }));
  const some = changed.filter(({ names }) => names.length > 0);
  return (
    <Card title="Variables">
      <div className="grid gap-2 px-4 py-3">
        {read.some(({ data }) => data === undefined) ? (
          <Skeleton className="h-5 w-48" />
        ) : some.length === 0 ? (
          <p className="text-soft">No variable changed.</p>
        ) : (
          some.map(({ owner, names }) => (
            <p key={owner}>
              <span className="text-soft">{ownerTexts[owner]}: </span>
              <code className="font-mono text-small break-all">{names.join(', ')}</code>
            </p>
          ))
        )}
      </div>
    </Card>
  );
}
