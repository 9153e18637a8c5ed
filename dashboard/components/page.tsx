import type { ReactNode } from 'react';

interface PageProps {
  /** What the window is called, the most special first. */
  readonly title: string;
  readonly heading: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page: its name, what can be done, and what it shows. */
export function Page({ title, heading, actions, children }: PageProps) {
  return (
    <>
      <title>{`${title} · Gantry`}</title>
      <header className="flex min-h-8 flex-wrap items-center justify-between gap-3">
        <h1 className="min-w-0 text-title font-semibold tracking-tight">{heading}</h1>
        {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      {children}
    </>
  );
}
