import { allows } from '@gantry/contract/roles.ts';
import type { DatabaseDetails } from '@gantry/contract/schemas/databases.ts';
import { useDatabase } from '../../../data/databases.ts';
import { CloneButton } from './clone.tsx';
import { RestoreMoment } from './restore.tsx';
import { RotateButton } from './rotate.tsx';
import { ScaleDatabase } from './scale.tsx';

/** What a user can do with a ready database: restore a moment, clone, scale and rotate. */
export function DatabaseActions({ database }: { readonly database: DatabaseDetails }) {
  const { role } = useDatabase();
  const { restorable, step, status } = database;
  if (role === null || status !== 'ready') return null;
  const isBusy = step !== null;
  return (
    <>
      {allows(role, 'database.create') && (
        <>
          {restorable !== null && <RestoreMoment database={database} restorable={restorable} />}
          <CloneButton database={database} />
        </>
      )}
      {allows(role, 'database.update') && (
        <>
          <RotateButton database={database} disabled={isBusy} />
          <ScaleDatabase database={database} disabled={isBusy} />
        </>
      )}
    </>
  );
}
