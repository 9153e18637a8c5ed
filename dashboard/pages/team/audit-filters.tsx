import { type EventName, events } from '@gantry/contract/events.ts';
import { useQuery } from '@tanstack/react-query';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Select } from '../../components/select.tsx';
import { apiList } from '../../data/api.ts';
import type { AuditFilter } from '../../data/audit.ts';
import { useTeam } from '../../data/place.ts';

interface AuditFiltersProps {
  readonly filters: AuditFilter;
  readonly onChange: (next: AuditFilter) => void;
}

/** The day of an instant in the address, for a date input. */
const dayOf = (instant: string | undefined) => instant?.slice(0, 10) ?? '';

export function AuditFilters({ filters, onChange }: AuditFiltersProps) {
  const { team } = useTeam();
  const { data: members } = useQuery(apiList('members.list', { params: { teamId: team.id } }));
  const people = members?.map(({ userId, email }) => [userId, email] as const) ?? [];
  // The actor in the address may have left the team, or may be a part of the platform.
  const others = filters.actor === undefined || people.some(([id]) => id === filters.actor) ? [] : [filters.actor];
  const set = (field: keyof AuditFilter) => (value: string) => onChange({ ...filters, [field]: value });
  return (
    <form
      className="grid grid-cols-2 items-end gap-3 lg:grid-cols-[1fr_1fr_10rem_10rem_auto]"
      onSubmit={(event) => event.preventDefault()}
    >
      <Select
        label="What"
        value={filters.event ?? ''}
        onChange={(value) => set('event')(value as EventName)}
        options={[['', 'Everything'], ...Object.keys(events).map((name) => [name, name] as const)]}
      />
      <Select
        label="By whom"
        value={filters.actor ?? ''}
        onChange={set('actor')}
        options={[['', 'Everybody'], ...people, ...others.map((each) => [each, each] as const)]}
      />
      <Field
        label="From"
        type="date"
        value={dayOf(filters.from)}
        onChange={({ target }) => set('from')(target.value && `${target.value}T00:00:00.000Z`)}
      />
      <Field
        label="To"
        type="date"
        value={dayOf(filters.to)}
        onChange={({ target }) => set('to')(target.value && `${target.value}T23:59:59.999Z`)}
      />
      {filters.target !== undefined && (
        <p className="col-span-full min-w-0 truncate text-small text-soft">
          Only changes of <code className="font-mono">{filters.target}</code>
        </p>
      )}
      <Button
        className="h-9 justify-self-start"
        look="quiet"
        disabled={Object.keys(filters).length === 0}
        onClick={() => onChange({})}
      >
        Clear
      </Button>
    </form>
  );
}
