import { lazy, Suspense } from 'react';
import { NewButton } from '../../components/new-button.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import type { EnvironmentPlace } from '../../data/place.ts';

/** What packs and uploads comes with the form alone. */
const NewServiceForm = lazy(() => import('./new-service-form.tsx'));

/** Creates a service, deploys it where its source is known, and goes there. */
export function NewServiceButton({ place }: { readonly place: EnvironmentPlace }) {
  return (
    <NewButton noun="service" description="A service is one app or job. It exists in every environment of the project.">
      <Suspense fallback={<Skeleton className="h-80" />}>
        <NewServiceForm place={place} />
      </Suspense>
    </NewButton>
  );
}
