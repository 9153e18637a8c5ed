import type { ReactNode } from 'react';
import { classes } from './classes.ts';

/** Each card has one border colour: of two classes for it, the order in the style sheet would decide. */
const edges = { plain: 'border-line', bad: 'border-bad/40', accent: 'border-accent/50' };

interface CardProps {
  readonly title?: ReactNode;
  readonly actions?: ReactNode;
  /** `bad` for a failure, `accent` for changes that wait for the user; default `plain`. */
  readonly edge?: keyof typeof edges;
  readonly children: ReactNode;
}

/** A surface with a title, the actions of the whole group, and its content. */
export function Card({ title, actions, edge = 'plain', children }: CardProps) {
  return (
    <section className={classes('rounded-lg border bg-surface', edges[edge])}>
      {title !== undefined && (
        <header className="flex min-h-11 flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-1.5">
          <h2 className="text-small font-semibold">{title}</h2>
          {actions}
        </header>
      )}
      {children}
    </section>
  );
}

/** A name and its value, side by side if there is space. */
export function Facts({ children }: { readonly children: ReactNode }) {
  return (
    <dl className="grid gap-x-6 px-4 py-3 sm:items-baseline sm:gap-y-2 sm:grid-cols-[8rem_minmax(0,1fr)]">
      {children}
    </dl>
  );
}

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd className="mb-3 min-w-0 last:mb-0 sm:mb-0">{children}</dd>
    </>
  );
}
