import type { GantryError } from '@gantry/contract/errors.ts';
import { type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { Confirm } from './confirm.tsx';

interface ConfirmButtonProps {
  readonly label: string;
  readonly icon?: ReactNode;
  readonly look?: 'danger' | 'secondary';
  readonly title: string;
  /** One sentence: what will happen. */
  readonly warning: string;
  /** For actions without a way back: the name that the user types first. */
  readonly name?: string;
  readonly busy: boolean;
  readonly error: GantryError | null;
  /** Runs the action, and calls `close` after it has succeeded. */
  readonly onConfirm: (close: () => void) => void;
}

/** A button that opens a dialog, which says what will happen before the action runs. */
export function ConfirmButton({ label, icon, look = 'secondary', onConfirm, ...confirm }: ConfirmButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <>
      <Button look={look} onClick={() => setOpen(true)}>
        {icon}
        {label}
      </Button>
      <Confirm
        {...confirm}
        action={label}
        look={look === 'danger' ? 'danger' : 'primary'}
        open={isOpen}
        onConfirm={() => onConfirm(close)}
        onClose={close}
      />
    </>
  );
}
