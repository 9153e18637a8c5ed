import type { DatabaseEngine, DatabaseSize } from '@gantry/contract/schemas/databases.ts';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { NamedForm } from '../../components/named-form.tsx';
import { NewButton } from '../../components/new-button.tsx';
import { Select } from '../../components/select.tsx';
import { useAct } from '../../data/act.ts';
import { engineNames, engineVersions, environmentParams, referenceTo, sizeTexts } from '../../data/databases.ts';
import type { EnvironmentPlace } from '../../data/place.ts';
import { paths, slugsOf } from '../../paths.ts';

/** Creates a database, and shows it. */
export function NewDatabaseButton({ place, look }: { readonly place: EnvironmentPlace; readonly look?: 'secondary' }) {
  return (
    <NewButton
      noun="database"
      {...(look && { look })}
      description={`A server with one database, only for ${place.environment.name}. It is ready after some minutes, on one machine after some seconds.`}
    >
      <NewDatabaseForm place={place} />
    </NewButton>
  );
}

const ENGINES = (Object.keys(engineVersions) as DatabaseEngine[]).map(
  (engine) => [engine, engineNames[engine]] as const,
);

function NewDatabaseForm({ place }: { readonly place: EnvironmentPlace }) {
  const navigate = useNavigate();
  const [engine, setEngine] = useState<DatabaseEngine>('postgres');
  const [engineVersion, setVersion] = useState('');
  const [size, setSize] = useState<DatabaseSize>('micro');
  const create = useAct('databases.create', {
    quiet: true,
    refetches: ['databases.list'],
    onDone: ({ slug }) => void navigate({ to: paths.database({ ...slugsOf.environment(place), database: slug }) }),
  });
  const versions = engineVersions[engine] ?? [];
  return (
    <NamedForm
      noun="database"
      placeholder={engine}
      about={(slug) => `Variables refer to it as ${referenceTo(slug, 'DATABASE_URL')}. That never changes.`}
      busy={create.isPending}
      error={create.error}
      onCreate={(named) =>
        create.mutate({
          params: environmentParams(place),
          body: { ...named, engine, size, ...(engineVersion !== '' && { engineVersion }) },
        })
      }
    >
      <Select
        label="Engine"
        value={engine}
        options={ENGINES}
        onChange={(value) => {
          setEngine(value as DatabaseEngine);
          setVersion('');
        }}
      />
      <Select
        label="Version"
        value={engineVersion}
        options={[['', `Newest (${versions[0]})`], ...versions.slice(1).map((each) => [each, each] as const)]}
        hint="Minor versions are installed automatically."
        onChange={setVersion}
      />
      <Select
        label="Size"
        value={size}
        options={Object.entries(sizeTexts)}
        hint="Storage grows with the data. On one machine all sizes are alike."
        onChange={(value) => setSize(value as DatabaseSize)}
      />
    </NamedForm>
  );
}
