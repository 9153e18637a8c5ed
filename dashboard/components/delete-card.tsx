import type { GantryError } from '@gantry/contract/errors.ts';
import { useState } from 'react';
import { Button } from './button.tsx';
import { Card } from './card.tsx';
import { Confirm } from './confirm.tsx';

interface DeleteCardProps {
  /** The noun of the thing to delete: `service`. */
  readonly noun: string;
  readonly name: string;
  /** The text that the user types to confirm. */
  readonly typed: string;
  /** The text of the card: what the deletion removes. */
  readonly about: string;
  /** The text of the dialog: what will happen. */
  readonly warning: string;
  readonly busy: boolean;
  readonly error: GantryError | null;
  readonly onDelete: () => void;
}

/** Deletes something after the user has typed its name. */
export function DeleteCard({ noun, name, typed, about, warning, busy, error, onDelete }: DeleteCardProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Card title="Delete">
      <div className="flex flex-wrap items-center justify-between gap-3 px-4 py-3">
        <p className="min-w-0 text-soft">{about}</p>
        <Button look="danger" onClick={() => setOpen(true)}>
          {`Delete ${noun}`}
        </Button>
      </div>
      <Confirm
        title={`Delete ${name}?`}
        warning={warning}
        action={`Delete ${noun}`}
        name={typed}
        open={isOpen}
        busy={busy}
        error={error}
        onConfirm={onDelete}
        onClose={() => setOpen(false)}
      />
    </Card>
  );
}
