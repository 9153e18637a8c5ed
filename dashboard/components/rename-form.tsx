import type { GantryError } from '@gantry/contract/errors.ts';
import { useState } from 'react';
import { Button } from './button.tsx';
import { Field, FormError } from './field.tsx';

interface RenameFormProps {
  /** The present name. */
  readonly name: string;
  readonly busy: boolean;
  readonly error: GantryError | null;
  readonly onRename: (name: string) => void;
}

/** Changes the display name of something. Its slug stays. */
export function RenameForm({ name, busy, error, onRename }: RenameFormProps) {
  const [typed, setTyped] = useState(name);
  const wanted = typed.trim();
  return (
    <form
      className="flex flex-wrap items-end gap-3 border-t border-line px-4 py-3"
      onSubmit={(event) => {
        event.preventDefault();
        onRename(wanted);
      }}
    >
      <Field
        label="Name"
        className="grow basis-56"
        required
        maxLength={80}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        error={error}
        field="body.name"
      />
      <Button type="submit" className="h-9" busy={busy} disabled={wanted === '' || wanted === name}>
        Rename
      </Button>
      <FormError error={error} fields={['body.name']} />
    </form>
  );
}
