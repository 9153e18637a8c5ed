import type { DatabaseRestore } from '@gantry/contract/schemas/backups.ts';
import type { DatabaseSize } from '@gantry/contract/schemas/databases.ts';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { Fact, Facts } from '../../../components/card.tsx';
import { NamedForm } from '../../../components/named-form.tsx';
import { Select } from '../../../components/select.tsx';
import { useAct } from '../../../data/act.ts';
import { environmentParams, referenceTo, sizeTexts } from '../../../data/databases.ts';
import { useEnvironment } from '../../../data/place.ts';
import { paths, slugsOf } from '../../../paths.ts';

interface CopyFormProps {
  readonly action: 'Restore' | 'Clone';
  /** The suggested name of the new database. */
  readonly suggested: string;
  /** The size of the source. */
  readonly size: DatabaseSize;
  /** Read when the user presses the button. */
  readonly from: () => DatabaseRestore['from'];
  /** The data of the new database, in words: `As it is now`. */
  readonly data: ReactNode;
  /** What the copy means for the source. */
  readonly source: string;
  /** A further input. */
  readonly children?: ReactNode;
}

/** Makes a new database from another one or from a backup. Says first what the new one has, and what stays. */
export function CopyForm({ action, suggested, size, from, data, source, children }: CopyFormProps) {
  const place = useEnvironment();
  const navigate = useNavigate();
  const [wanted, setWanted] = useState(size);
  const restore = useAct('databases.restore', {
    quiet: true,
    refetches: ['databases.list'],
    onDone: ({ slug }) => void navigate({ to: paths.database({ ...slugsOf.environment(place), database: slug }) }),
  });
  return (
    <NamedForm
      noun="database"
      action={action}
      placeholder="restored"
      suggested={suggested}
      about={(slug) => `Variables refer to the new database as ${referenceTo(slug, 'DATABASE_URL')}.`}
      busy={restore.isPending}
      error={restore.error}
      onCreate={(named) =>
        restore.mutate({ params: environmentParams(place), body: { ...named, size: wanted, from: from() } })
      }
    >
      {children}
      <Select
        label="Size"
        value={wanted}
        options={Object.entries(sizeTexts)}
        onChange={(value) => setWanted(value as DatabaseSize)}
      />
      <div className="rounded-md bg-sunken">
        <Facts>
          <Fact name="Data">{data}</Fact>
          <Fact name="Source">{source}</Fact>
          <Fact name="Password">The new database has its own. Users of the source cannot sign in to it.</Fact>
          <Fact name="Services">Keep their database. To move one, change its reference and deploy it.</Fact>
        </Facts>
      </div>
    </NamedForm>
  );
}
