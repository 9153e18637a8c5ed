import type { GantryError } from '@gantry/contract/errors.ts';
import { type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field, FormError } from './field.tsx';

interface ConfirmProps {
  readonly title: string;
  /** One sentence: what will happen. */
  readonly warning: string;
  /** The button's text: `Remove ada@example.com`. */
  readonly action: string;
  /** For actions without a way back: the name that the user types first. */
  readonly name?: string;
  /** The look of the button; default `danger`. */
  readonly look?: 'danger' | 'primary';
  readonly open: boolean;
  readonly busy: boolean;
  readonly error: GantryError | null;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  /** Details, if one sentence is not enough. */
  readonly children?: ReactNode;
}

/** A dialog that says what will happen, and asks for a confirmation. */
export function Confirm({
  look = 'danger',
  name,
  action,
  warning,
  title,
  open,
  busy,
  error,
  onConfirm,
  onClose,
  children,
}: ConfirmProps) {
  const [typed, setTyped] = useState('');
  const close = () => {
    setTyped('');
    onClose();
  };
  return (
    <Dialog title={title} description={warning} open={open} onClose={close}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm();
        }}
      >
        {children}
        {name !== undefined && (
          <Field label={`Type ${name} to confirm`} value={typed} onChange={(event) => setTyped(event.target.value)} />
        )}
        <FormError error={error} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="quiet" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" look={look} busy={busy} disabled={name !== undefined && typed !== name}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
