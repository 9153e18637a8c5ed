import type { DatabaseDetails } from '@gantry/contract/schemas/databases.ts';
import { useSuspenseQuery } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Fact, Facts } from '../../../components/card.tsx';
import { Confirm } from '../../../components/confirm.tsx';
import { useAct } from '../../../data/act.ts';
import { databaseParams, useDatabase } from '../../../data/databases.ts';
import { servicesQuery } from '../../../data/place.ts';

interface RotateProps {
  readonly database: DatabaseDetails;
  /** True while another change of the database is under way. */
  readonly disabled: boolean;
}

/** Gives apps another user with a new password. Says first which services are deployed with it. */
export function RotateButton({ database, disabled }: RotateProps) {
  const place = useDatabase();
  const [isOpen, setOpen] = useState(false);
  const rotate = useAct('databases.rotate', {
    quiet: true,
    done: `${database.name} gets another user.`,
    refetches: ['databases.list', 'databases.get'],
    onDone: () => setOpen(false),
  });
  const user = database.endpoint?.user ?? 'The present user';
  return (
    <>
      <Button disabled={disabled} onClick={() => setOpen(true)}>
        <KeyRound aria-hidden="true" size={14} />
        Rotate password
      </Button>
      <Confirm
        title={`Rotate the password of ${database.name}?`}
        warning="Apps get another user with a new password. No query fails."
        action="Rotate password"
        look="primary"
        open={isOpen}
        busy={rotate.isPending}
        error={rotate.error}
        onConfirm={() => rotate.mutate({ params: databaseParams(place) })}
        onClose={() => setOpen(false)}
      >
        <div className="rounded-md bg-sunken">
          <Facts>
            <Fact name="Deployed again">
              <Users database={database} />
            </Fact>
            <Fact name="Old user">
              {user} stays valid until the next rotation. To shut out somebody who knows the password, rotate once more
              when the deployments have ended.
            </Fact>
          </Facts>
        </div>
      </Confirm>
    </>
  );
}

/** The services that are deployed with the new password. */
function Users({ database: { usedBy } }: { readonly database: DatabaseDetails }) {
  const { team, project } = useDatabase();
  const { data: services } = useSuspenseQuery(servicesQuery(team.id, project.id));
  const names = usedBy.map(({ serviceId }) =>
    serviceId === null ? 'services that use the shared variables' : services.find(({ id }) => id === serviceId)?.name,
  );
  if (names.length === 0) return 'No service: no variable refers to this database.';
  return `${names.join(', ')}. Only live ones, with their image as it is.`;
}
