import { allows } from '@gantry/contract/roles.ts';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/empty.tsx';
import { Page } from '../../components/page.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { type ServicePlace, useService } from '../../data/place.ts';
import { type Owner, owners, setOf, setQuery, variableSearch } from '../../data/variables.ts';
import { AddVariableButton } from './variables/add.tsx';
import { EditAsTextButton } from './variables/as-text.tsx';
import { History } from './variables/history.tsx';
import { ResolvedButton } from './variables/resolved.tsx';
import { VariableRow } from './variables/row.tsx';
import { Staged } from './variables/staged.tsx';

/** The variables of a service, and the shared ones. Changes are staged, show as a diff, and apply together. */
export function View() {
  const place = useService();
  const { role, service } = place;
  const owner = variableSearch(useSearch({ strict: false })).of ?? 'service';
  const set = setOf(place, owner);
  if (role === null || !allows(role, 'variable.reveal'))
    return (
      <Page title={`Variables · ${service.name}`} heading="Variables">
        <Card>
          <Empty title="Values are for developers">
            Values may be secrets. Your role shows the names that changed, and who changed them.
          </Empty>
        </Card>
        <History set={set} />
      </Page>
    );
  return (
    <Page
      title={`Variables · ${service.name}`}
      heading="Variables"
      actions={
        <>
          {owner === 'service' && <ResolvedButton place={place} />}
          <EditAsTextButton set={set} />
          <AddVariableButton set={set} place={place} />
        </>
      }
    >
      <OwnerTabs place={place} owner={owner} />
      <Staged set={set} owner={owner} />
      <VariableTable place={place} owner={owner} />
      <History set={set} />
    </Page>
  );
}

function OwnerTabs({
  place: { environment, project, service },
  owner,
}: {
  readonly place: ServicePlace;
  readonly owner: Owner;
}) {
  const labels = {
    service: service.name,
    environment: `Shared in ${environment.name}`,
    project: `Shared in ${project.name}`,
  };
  return (
    <nav aria-label="Whose variables" className="flex flex-wrap gap-1">
      {owners.map((each) => (
        <Link
          key={each}
          to="."
          search={variableSearch({ of: each })}
          aria-current={each === owner ? 'page' : undefined}
          className="rounded-md px-3 py-1.5 text-small font-medium text-soft hover:bg-sunken aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent"
        >
          {labels[each]}
        </Link>
      ))}
    </nav>
  );
}

const emptyTexts: Readonly<Record<Owner, string>> = {
  service: 'The app gets them as environment variables. New ones reach it with the next deployment.',
  environment: `Services of this environment refer to these as \${{shared.NAME}}.`,
  project: `Services of every environment refer to these as \${{shared.NAME}}.`,
};

function VariableTable({ place, owner }: { readonly place: ServicePlace; readonly owner: Owner }) {
  const set = setOf(place, owner);
  const { data } = useQuery(setQuery(set));
  return (
    <Card>
      {data === undefined ? (
        <Skeleton className="m-4 h-24" />
      ) : data.variables.length === 0 ? (
        <Empty title="No variable yet" command="gantry variables set LOG_LEVEL=info">
          {emptyTexts[owner]}
        </Empty>
      ) : (
        <ul className="divide-y divide-line">
          {data.variables.map((variable) => (
            <VariableRow key={variable.name} set={set} place={place} variable={variable} />
          ))}
        </ul>
      )}
    </Card>
  );
}
