import type { Database } from '@gantry/contract/schemas/databases.ts';
import { Copy } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { CopyForm } from './copy-form.tsx';

/** Makes a new database with the data that another has now. */
export function CloneButton({ database: { id, name, size } }: { readonly database: Database }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Copy aria-hidden="true" size={14} />
        Clone
      </Button>
      <Dialog
        title={`Clone ${name}`}
        description="Makes a new database with the same data, to try something out."
        open={isOpen}
        onClose={() => setOpen(false)}
      >
        <CopyForm
          action="Clone"
          suggested={`${name} clone`}
          size={size}
          from={() => ({ kind: 'clone', databaseId: id })}
          data={`All that ${name} has now.`}
          source={`${name} keeps serving. Later writes to one do not reach the other.`}
        />
      </Dialog>
    </>
  );
}
