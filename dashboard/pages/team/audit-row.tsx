import type { AuditEntry } from '@gantry/contract/schemas/audit.ts';
import { useQuery } from '@tanstack/react-query';
import { Ago } from '../../components/time.tsx';
import { apiList } from '../../data/api.ts';
import type { AuditFilter } from '../../data/audit.ts';
import { useTeam } from '../../data/place.ts';

interface AuditRowProps {
  readonly entry: AuditEntry;
  /** Filters the list by the object of this entry, or by its actor. */
  readonly onFilter: (added: AuditFilter) => void;
}

export function AuditRow({ entry: { event, actor, target, at, requestId }, onFilter }: AuditRowProps) {
  const { team } = useTeam();
  const { data: members } = useQuery(apiList('members.list', { params: { teamId: team.id } }));
  const by = members?.find(({ userId }) => userId === actor)?.email ?? actor;
  return (
    <li className="grid gap-x-4 gap-y-0.5 px-4 py-2.5 sm:grid-cols-[14rem_minmax(0,1fr)_auto]">
      <code className="font-mono text-small">{event}</code>
      <span className="min-w-0">
        <button
          type="button"
          className="block min-h-6 max-w-full truncate hover:underline"
          title="Only changes by this person"
          onClick={() => onFilter({ actor })}
        >
          {by}
        </button>
        <button
          type="button"
          className="block min-h-6 max-w-full truncate font-mono text-small text-soft hover:underline"
          title="Only changes of this object"
          onClick={() => onFilter({ target })}
        >
          {target}
        </button>
      </span>
      <span
        className="text-small text-soft sm:text-right"
        title={requestId === null ? undefined : `Request ${requestId}`}
      >
        <Ago at={at} />
      </span>
    </li>
  );
}
