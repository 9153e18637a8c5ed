import type { GantryError } from '@gantry/contract/errors.ts';
import { useState } from 'react';
import { Button } from './button.tsx';
import { Card } from './card.tsx';
import { Confirm } from './confirm.tsx';

interface DeleteCardProps {
  /** What is deleted: `service`. */
  readonly noun: string;
  readonly name: string;
  /** What the person types to confirm. */
  readonly typed: string;
  /** What goes with it, for the card. */
  readonly about: string;
  /** What happens, for the question. */
  readonly warning: string;
  readonly busy: boolean;
  readonly error: GantryError | null;
  readonly onDelete: () => void;
}

/** The end of something, behind its name. */
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
