import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import type { ServicePlace } from '../../../data/place.ts';
import type { SetPlace } from '../../../data/variables.ts';
import { VariableDialog } from './form.tsx';

export function AddVariableButton({ set, place }: { readonly set: SetPlace; readonly place: ServicePlace }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <Plus aria-hidden="true" size={14} />
        Add variable
      </Button>
      <VariableDialog set={set} place={place} open={isOpen} onClose={() => setOpen(false)} />
    </>
  );
}
