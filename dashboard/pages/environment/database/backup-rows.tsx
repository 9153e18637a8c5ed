import { allows } from '@gantry/contract/roles.ts';
import type { Backup } from '@gantry/contract/schemas/backups.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { ConfirmButton } from '../../../components/confirm-button.tsx';
import { BackupState } from '../../../components/status.tsx';
import { Ago } from '../../../components/time.tsx';
import { useAct } from '../../../data/act.ts';
import { backupKinds, newestFirst } from '../../../data/backups.ts';
import { engineText, environmentParams } from '../../../data/databases.ts';
import { exactText } from '../../../data/moments.ts';
import { useEnvironment } from '../../../data/place.ts';
import { RestoreBackup } from './restore.tsx';

interface BackupRowsProps {
  readonly backups: readonly Backup[];
  /** The name of their database; undefined for deleted databases. */
  readonly name?: string;
}

/** Backups, the newest first. A user with the role restores and deletes them here. */
export function BackupRows({ backups, name }: BackupRowsProps) {
  return (
    <ul className="divide-y divide-line">
      {newestFirst(backups).map((backup) => (
        <BackupRow key={backup.id} backup={backup} name={name ?? backup.slug} isDeleted={name === undefined} />
      ))}
    </ul>
  );
}

interface BackupRowProps {
  readonly backup: Backup;
  readonly name: string;
  readonly isDeleted: boolean;
}

function BackupRow({ backup, name, isDeleted }: BackupRowProps) {
  const { role } = useEnvironment();
  const { id, status, kind, reason, gigabytes, createdAt } = backup;
  const size = gigabytes === null ? '' : `, ${gigabytes} GB`;
  const may = (action: Parameters<typeof allows>[1]) => role !== null && allows(role, action);
  return (
    <li className="grid items-center gap-x-4 gap-y-1 px-4 py-2.5 sm:grid-cols-[8rem_minmax(0,1fr)_auto]">
      <BackupState status={status} />
      <span className="min-w-0">
        <span className="block truncate font-medium">
          {isDeleted && `${name} · `}
          <Ago at={createdAt} /> <code className="font-mono text-small font-normal text-soft">{shortId(id)}</code>
        </span>
        <span className="block text-small break-words text-soft">
          {reason ?? `${backupKinds[kind]}, ${engineText(backup)}${size}`}
        </span>
      </span>
      <span className="flex flex-wrap gap-2">
        {status === 'ready' && may('database.create') && (
          <RestoreBackup backup={backup} name={name} isDeleted={isDeleted} />
        )}
        {(status === 'ready' || status === 'failed') && may('backup.delete') && <DeleteBackup backup={backup} />}
      </span>
    </li>
  );
}

function DeleteBackup({ backup: { id, slug, createdAt } }: { readonly backup: Backup }) {
  const place = useEnvironment();
  const remove = useAct('backups.delete', {
    quiet: true,
    done: 'The backup is being deleted.',
    refetches: ['backups.list'],
  });
  return (
    <ConfirmButton
      label="Delete"
      look="danger"
      title={`Delete backup ${shortId(id)}?`}
      warning={`This permanently deletes the backup of ${slug} of ${exactText(createdAt)}.`}
      name={slug}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={(close) =>
        remove.mutate({ params: { ...environmentParams(place), backupId: id } }, { onSuccess: close })
      }
    />
  );
}
