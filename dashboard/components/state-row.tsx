import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface StateRowProps {
  readonly to: string;
  readonly state: ReactNode;
  readonly name: ReactNode;
  /** More about the thing, on a second line. */
  readonly about?: ReactNode;
  /** The end of the row: the time, and the duration. */
  readonly children: ReactNode;
}

/** A row of a list that links to its thing: state, name and times. */
export function StateRow({ to, state, name, about, children }: StateRowProps) {
  return (
    <li>
      <Link
        to={to}
        className="grid gap-x-4 gap-y-0.5 px-4 py-2.5 hover:bg-sunken sm:grid-cols-[8rem_minmax(0,1fr)_auto] sm:items-center"
      >
        {state}
        <span className="min-w-0">
          <span className="block truncate font-medium">{name}</span>
          {about !== undefined && <span className="block truncate text-small text-soft">{about}</span>}
        </span>
        <span className="flex gap-3 text-small text-soft sm:block sm:text-right">{children}</span>
      </Link>
    </li>
  );
}
