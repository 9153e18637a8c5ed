import { Plus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

interface NewButtonProps {
  /** The noun of the new thing: `service`. */
  readonly noun: string;
  readonly description: string;
  readonly look?: 'primary' | 'secondary';
  /** The form. It is rendered while the dialog is open. */
  readonly children: ReactNode;
}

/** A button that opens a form for something new. */
export function NewButton({ noun, description, look = 'primary', children }: NewButtonProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button look={look} onClick={() => setOpen(true)}>
        <Plus aria-hidden="true" size={14} />
        {`New ${noun}`}
      </Button>
      <Dialog title={`New ${noun}`} description={description} open={isOpen} onClose={() => setOpen(false)}>
        {children}
      </Dialog>
    </>
  );
}
