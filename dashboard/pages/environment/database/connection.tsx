import type { DatabaseDetails } from '@gantry/contract/schemas/databases.ts';
import { Card, Fact, Facts } from '../../../components/card.tsx';
import { Command } from '../../../components/command.tsx';
import { referenceTo } from '../../../data/databases.ts';

interface ConnectionProps {
  readonly database: DatabaseDetails;
  readonly mayConnect: boolean;
}

/** How apps and people connect. No password shows: apps get theirs by reference, and people get their own for an hour. */
export function Connection({ database: { slug, endpoint, variables }, mayConnect }: ConnectionProps) {
  return (
    <Card title="Connect">
      <Facts>
        <Fact name="In a service">
          <Command>{`gantry variables set 'DATABASE_URL=${referenceTo(slug, 'DATABASE_URL')}'`}</Command>
          <p className="mt-1 text-small text-soft">
            The next deployment of the service gets the address, with user and password.
          </p>
        </Fact>
        <Fact name="References">
          <ul className="flex flex-wrap gap-2">
            {variables.map((name) => (
              <li key={name} className="max-w-full">
                <Command copies={`Copy the reference to ${name}`}>{referenceTo(slug, name)}</Command>
              </li>
            ))}
          </ul>
        </Fact>
        {mayConnect && (
          <Fact name="In a terminal">
            <Command>{`gantry db connect ${slug}`}</Command>
            <p className="mt-1 text-small text-soft">
              Opens a shell as a user of your own, which expires within an hour. The audit log records it.
            </p>
          </Fact>
        )}
        {endpoint !== null && (
          <Fact name="Address">
            <code className="font-mono text-small break-all">
              {endpoint.host}:{endpoint.port}/{endpoint.database}
            </code>
            <p className="mt-1 text-small text-soft">
              As {endpoint.user}, with TLS. <code className="font-mono">{`gantry db url ${slug}`}</code> prints it.
            </p>
          </Fact>
        )}
      </Facts>
    </Card>
  );
}
