import type { Database, DatabaseSize } from '@gantry/contract/schemas/databases.ts';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { Field, FormError } from '../../../components/field.tsx';
import { Select } from '../../../components/select.tsx';
import { useAct } from '../../../data/act.ts';
import { databaseParams, sizeTexts, useDatabase } from '../../../data/databases.ts';

interface ScaleProps {
  readonly database: Database;
  /** True while another change of the database is under way. */
  readonly disabled: boolean;
}

/** Changes the size of a database, and how far back it can be restored. */
export function ScaleDatabase({ database, disabled }: ScaleProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button disabled={disabled} onClick={() => setOpen(true)}>
        Scale
      </Button>
      <Dialog
        title={`Scale ${database.name}`}
        description="The database keeps serving while it changes, and its address stays."
        open={isOpen}
        onClose={() => setOpen(false)}
      >
        <ScaleForm database={database} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function ScaleForm({ database, onDone }: { readonly database: Database; readonly onDone: () => void }) {
  const place = useDatabase();
  const [size, setSize] = useState(database.size);
  const [days, setDays] = useState(String(database.backupDays));
  const [pace, setPace] = useState(String(database.drillDays ?? ''));
  const backupDays = Number(days);
  const drillDays = pace === '' ? null : Number(pace);
  const update = useAct('databases.update', {
    quiet: true,
    done: `${database.name} is being changed.`,
    refetches: ['databases.list', 'databases.get'],
    onDone,
  });
  const isSame = size === database.size && backupDays === database.backupDays && drillDays === database.drillDays;
  const isShorter = backupDays < database.backupDays;
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        update.mutate({ params: databaseParams(place), body: { size, backupDays, drillDays } });
      }}
    >
      <Select
        label="Size"
        value={size}
        options={Object.entries(sizeTexts)}
        hint="Storage grows with the data. On one machine all sizes are alike."
        onChange={(value) => setSize(value as DatabaseSize)}
      />
      <Field
        label="Days to keep each moment"
        inputMode="numeric"
        required
        value={days}
        onChange={(event) => setDays(event.target.value)}
        hint={
          isShorter
            ? `Moments older than ${days} days can no longer be restored. Backups stay.`
            : 'From 1 to 35. Any moment of these days can be restored. Backups stay longer.'
        }
        error={update.error}
        field="body.backupDays"
      />
      <Field
        label="Days between restore drills"
        inputMode="numeric"
        value={pace}
        onChange={(event) => setPace(event.target.value)}
        hint="Empty for none. A drill restores the newest moment, looks into it, and removes the copy."
        error={update.error}
        field="body.drillDays"
      />
      <FormError error={update.error} fields={['body.backupDays', 'body.drillDays']} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={update.isPending} disabled={isSame}>
          Scale
        </Button>
      </div>
    </form>
  );
}
