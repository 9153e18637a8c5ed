import { useQuery } from '@tanstack/react-query';
import { ScanEye } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { wordsOf } from '../../../components/error-view.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { api } from '../../../data/api.ts';
import { instanceParams, type ServicePlace } from '../../../data/place.ts';

/** The resolved variables of an app. They show after a press, because they are values on a screen. */
export function ResolvedButton({ place }: { readonly place: ServicePlace }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <ScanEye aria-hidden="true" size={14} />
        Resolved variables
      </Button>
      <Dialog
        title={`Variables of ${place.service.name} in ${place.environment.name}`}
        description="The variables of the next deployment, with references resolved. Sealed values, and values made from them, are left out."
        open={isOpen}
        onClose={() => setOpen(false)}
      >
        <Resolved place={place} />
      </Dialog>
    </>
  );
}

function Resolved({ place }: { readonly place: ServicePlace }) {
  const { data, error } = useQuery({
    ...api('variables.resolve', { params: instanceParams(place) }),
    // The answer has values of other services too: read it again whenever the dialog opens.
    staleTime: 0,
    gcTime: 0,
  });
  if (error !== null) return <p role="alert">{wordsOf(error).detail}</p>;
  if (data === undefined) return <Skeleton className="h-32" />;
  const { variables, omitted } = data;
  return (
    <dl className="grid max-h-96 gap-x-4 gap-y-1 overflow-y-auto rounded-md bg-sunken p-3 font-mono text-small sm:grid-cols-[minmax(0,14rem)_minmax(0,1fr)]">
      {Object.entries(variables).map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="font-medium break-all">{name}</dt>
          <dd className="mb-1 break-all whitespace-pre-wrap sm:mb-0">{value}</dd>
        </div>
      ))}
      {omitted.map((name) => (
        <div key={name} className="contents">
          <dt className="font-medium break-all">{name}</dt>
          <dd className="font-sans text-soft">sealed</dd>
        </div>
      ))}
    </dl>
  );
}
