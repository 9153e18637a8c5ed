import { lazy, Suspense } from 'react';
import { NewButton } from '../../components/new-button.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import type { EnvironmentPlace } from '../../data/place.ts';

/** The script that packs and uploads loads with the form. */
const NewServiceForm = lazy(() => import('./new-service-form.tsx'));

/** Creates a service, deploys it if its source is known, and shows it. */
export function NewServiceButton({ place }: { readonly place: EnvironmentPlace }) {
  return (
    <NewButton noun="service" description="A service is one app or job. It exists in every environment of the project.">
      <Suspense fallback={<Skeleton className="h-80" />}>
        <NewServiceForm place={place} />
      </Suspense>
    </NewButton>
  );
}
