import { type ReactNode, useEffect } from 'react';
import type { Tone } from './status.tsx';

interface PageProps {
  /** The title of the window, the most specific part first. */
  readonly title: string;
  readonly heading: ReactNode;
  /** The state of the page's subject, for the icon of the window. */
  readonly tone?: Tone | undefined;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page: its heading, its actions and its content. */
export function Page({ title, heading, tone, actions, children }: PageProps) {
  useEffect(() => showTone(tone), [tone]);
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

/** Sets the window's icon to the one with a dot in the colour of the state. */
function showTone(tone: Tone | undefined): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  if (icon !== null) icon.href = tone === undefined || tone === 'quiet' ? '/favicon.svg' : `/favicon-${tone}.svg`;
}
