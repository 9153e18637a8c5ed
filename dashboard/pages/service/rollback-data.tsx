import { allows } from '@gantry/contract/roles.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { Checkbox } from '../../components/checkbox.tsx';
import { capital } from '../../components/status.tsx';
import { exactText } from '../../data/moments.ts';
import { useService } from '../../data/place.ts';
import type { RollbackData } from '../../data/rollback-data.ts';

interface DataChoiceProps {
  readonly data: RollbackData;
  readonly isChosen: boolean;
  readonly onChange: (isChosen: boolean) => void;
}

/** What happens to the data at a rollback. It stays, unless the user also asks for the earlier data. */
export function DataChoice({ data: { point, restored }, isChosen, onChange }: DataChoiceProps) {
  const { role } = useService();
  if (point === undefined) return '…';
  const { at, reason, replacedBy, databases } = point;
  if (databases.length === 0) return 'stays as it is';
  if (at === null) return `stays as it is. ${reason}`;
  if (role === null || !allows(role, 'database.create')) return 'stays as it is';
  const names = databases.map(({ slug }) => slug).join(', ');
  return (
    <>
      <Checkbox
        label="Also return to the earlier data"
        hint={`${names} as of ${exactText(at)}, just before ${shortId(replacedBy ?? '')} could write. Without it the data stays as it is.`}
        checked={isChosen}
        onChange={onChange}
      />
      {isChosen && restored.some((each) => each !== undefined) && (
        <ul aria-live="polite" className="mt-2 grid gap-1 text-small text-soft">
          {restored.map(
            (each) =>
              each !== undefined && (
                <li key={each.id}>
                  <code className="font-mono">{each.slug}</code>: {capital(each.status)}
                </li>
              ),
          )}
        </ul>
      )}
    </>
  );
}
