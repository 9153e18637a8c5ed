import type { Backup } from '@gantry/contract/schemas/backups.ts';
import type { DatabaseDetails } from '@gantry/contract/schemas/databases.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { History } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { Field } from '../../../components/field.tsx';
import { exactText, fromInput, timeZone, toInput, toInputAfter } from '../../../data/moments.ts';
import { CopyForm } from './copy-form.tsx';

/** The sentence under the title of each dialog that restores. */
const ABOUT = 'Makes a new database. Nothing of the present one changes.';

interface RestoreMomentProps {
  readonly database: DatabaseDetails;
  readonly restorable: NonNullable<DatabaseDetails['restorable']>;
}

/** Restores a database as it was at a moment. */
export function RestoreMoment({ database, restorable: { earliest, latest } }: RestoreMomentProps) {
  const [at, setAt] = useState(() => toInput(latest));
  return (
    <RestoreButton label="Restore a moment" title={`Restore ${database.name} as it was`}>
      <CopyForm
        action="Restore"
        suggested={`${database.name} restored`}
        size={database.size}
        from={() => ({ kind: 'moment', databaseId: database.id, at: fromInput(at) })}
        data={`All that ${database.name} had at that moment, and nothing that came later.`}
        source={`${database.name} stays as it is and keeps serving.`}
      >
        <Field
          label="Moment"
          type="datetime-local"
          step={1}
          required
          min={toInputAfter(earliest)}
          max={toInput(latest)}
          value={at}
          onChange={(event) => setAt(event.target.value)}
          hint={`From ${exactText(earliest)} to ${exactText(latest)}, in your time zone (${timeZone()}).`}
        />
      </CopyForm>
    </RestoreButton>
  );
}

interface RestoreBackupProps {
  readonly backup: Backup;
  /** The name of the database that the backup is of. */
  readonly name: string;
  readonly isDeleted: boolean;
}

/** Restores a backup. */
export function RestoreBackup({ backup, name, isDeleted }: RestoreBackupProps) {
  return (
    <RestoreButton label="Restore" title={`Restore backup ${shortId(backup.id)} of ${name}`}>
      <CopyForm
        action="Restore"
        suggested={isDeleted ? name : `${name} restored`}
        size={backup.size}
        from={() => ({ kind: 'backup', backupId: backup.id })}
        data={`All that ${name} had on ${exactText(backup.createdAt)}.`}
        source={isDeleted ? 'The backup stays.' : `The backup stays, and so does ${name} as it is.`}
      />
    </RestoreButton>
  );
}

interface RestoreButtonProps {
  readonly label: string;
  readonly title: string;
  readonly children: ReactNode;
}

function RestoreButton({ label, title, children }: RestoreButtonProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <History aria-hidden="true" size={14} />
        {label}
      </Button>
      <Dialog title={title} description={ABOUT} open={isOpen} onClose={() => setOpen(false)}>
        {children}
      </Dialog>
    </>
  );
}
