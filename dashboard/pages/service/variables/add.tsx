import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import type { ServicePlace } from '../../../data/place.ts';
import { type SetPlace, stagedQuery } from '../../../data/variables.ts';
import { VariableDialog } from './form.tsx';

export function AddVariableButton({ set, place }: { readonly set: SetPlace; readonly place: ServicePlace }) {
  const [isOpen, setOpen] = useState(false);
  const { data: staged } = useQuery(stagedQuery(set));
  // While changes are staged, the main action of the page is to apply them.
  const isMain = staged === undefined || staged.changes.length === 0;
  return (
    <>
      <Button look={isMain ? 'primary' : 'secondary'} onClick={() => setOpen(true)}>
        <Plus aria-hidden="true" size={14} />
        Add variable
      </Button>
      <VariableDialog set={set} place={place} open={isOpen} onClose={() => setOpen(false)} />
    </>
  );
}
