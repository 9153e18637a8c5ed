import type { Database } from '@gantry/contract/schemas/databases.ts';
import { Link } from '@tanstack/react-router';
import { Database as Icon } from 'lucide-react';
import { DatabaseState } from '../../components/status.tsx';
import { engineText, referenceTo } from '../../data/databases.ts';
import type { EnvironmentPlace } from '../../data/place.ts';
import { paths, slugsOf } from '../../paths.ts';

interface DatabaseCardProps {
  readonly place: EnvironmentPlace;
  readonly database: Database;
}

/** A database on the map: its state, its engine and size, and the reference to it. */
export function DatabaseCard({ place, database }: DatabaseCardProps) {
  const { slug, name, status, size } = database;
  return (
    <article className="relative grid h-full grid-cols-[minmax(0,1fr)] content-start gap-3 rounded-lg border border-line bg-surface p-4 transition-colors hover:border-line-strong">
      <header className="flex items-center gap-2.5">
        <Icon aria-hidden="true" size={18} className="shrink-0 text-soft" />
        <h2 className="min-w-0 grow truncate font-semibold">
          <Link
            to={paths.database({ ...slugsOf.environment(place), database: slug })}
            className="after:absolute after:inset-0 after:rounded-lg"
          >
            {name}
          </Link>
        </h2>
        <DatabaseState status={status} />
      </header>
      <div className="truncate text-small">
        {engineText(database)}, {size}
      </div>
      <code className="truncate font-mono text-small text-soft">{referenceTo(slug, 'DATABASE_URL')}</code>
    </article>
  );
}
