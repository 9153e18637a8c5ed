import type { ReactNode } from 'react';
import { Command } from './command.tsx';

interface EmptyProps {
  readonly title: string;
  /** The progress on the way to a live URL. */
  readonly above?: ReactNode;
  readonly children?: ReactNode;
  /** The command for the next step, for users who may take it. */
  readonly command?: string | undefined;
  readonly action?: ReactNode;
}

/** The empty state of a list: what belongs here, and the next step as a button and as a command. */
export function Empty({ title, above, children, command, action }: EmptyProps) {
  return (
    <div className="flex flex-col items-center gap-3 px-4 py-12 text-center">
      {above}
      <h2 className="text-lead font-semibold">{title}</h2>
      {children !== undefined && <p className="max-w-prose text-soft">{children}</p>}
      {action}
      {command !== undefined && (
        <p className="flex max-w-full flex-wrap items-center justify-center gap-2 text-small text-soft">
          {action === undefined ? 'In a terminal' : 'or in a terminal'} <Command>{command}</Command>
        </p>
      )}
    </div>
  );
}
