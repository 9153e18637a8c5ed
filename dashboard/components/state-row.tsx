import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface StateRowProps {
  readonly to: string;
  readonly state: ReactNode;
  readonly name: ReactNode;
  /** What else is to know, on a line of its own. */
  readonly about?: ReactNode;
  /** What stands at the end: when, and how long it took. */
  readonly children: ReactNode;
}

/** Something in a list that leads to it: its state, its name and its times. */
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
