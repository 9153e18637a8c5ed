import { Rocket } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { useService } from '../../data/place.ts';

const DeployForm = lazy(() => import('./deploy-form.tsx'));

const about = {
  upload: 'Gantry builds it, checks it, and sends it the traffic when it is healthy.',
  github: "Builds the branch's newest commit, checks it, and sends it the traffic when it is healthy.",
  git: "Builds the branch's newest commit, checks it, and sends it the traffic when it is healthy.",
  image: 'Reads the image from the registry again, checks it, and sends it the traffic when it is healthy.',
};

/** Deploys a new version of a service. */
export function DeployButton() {
  const { service, environment } = useService();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <Rocket aria-hidden="true" size={14} />
        Deploy
      </Button>
      <Dialog
        title={`Deploy ${service.name} to ${environment.name}`}
        description={about[service.source.kind]}
        open={isOpen}
        onClose={() => setOpen(false)}
      >
        <Suspense fallback={<Skeleton className="h-40" />}>
          <DeployForm />
        </Suspense>
      </Dialog>
    </>
  );
}
