import type { LogLine } from '@gantry/contract/schemas/logs.ts';
import { ChevronRight, Link2 } from 'lucide-react';
import { Ansi } from '../../components/ansi.tsx';
import { classes } from '../../components/classes.ts';
import { toast } from '../../components/toast.tsx';

interface LogRowProps {
  readonly line: LogLine;
  readonly isOpen: boolean;
  /** Whether the address points to this line. */
  readonly isMarked: boolean;
  readonly onToggle: () => void;
}

const tones = { debug: 'text-faint', info: '', warn: 'text-busy', error: 'text-bad' };

/** One line of a log. A line with a JSON object expands to its fields. */
export function LogRow({ line, isOpen, isMarked, onToggle }: LogRowProps) {
  const { at, text, level, message, fields, platform, source } = line;
  const opens = fields !== undefined && Object.keys(fields).length > 0;
  return (
    <div className={classes('group flex w-full items-start gap-3 px-4', isMarked && 'bg-accent-soft')}>
      <time
        className="shrink-0 text-faint select-none"
        dateTime={new Date(at).toISOString()}
        title={`${new Date(at).toISOString()} · ${source}`}
      >
        {clock(at)}
      </time>
      <span className="-mx-1 w-6 shrink-0 select-none">
        {opens && (
          <button
            type="button"
            aria-expanded={isOpen}
            aria-label="All fields of this line"
            className="grid size-6 place-items-center"
            onClick={onToggle}
          >
            <ChevronRight
              aria-hidden="true"
              size={12}
              className={classes('transition-transform', isOpen && 'rotate-90')}
            />
          </button>
        )}
      </span>
      <span className={classes('min-w-0 grow break-words whitespace-pre-wrap', tones[level ?? 'info'])}>
        {platform === true && <span className="mr-2 rounded bg-line px-1 text-soft">gantry</span>}
        <Ansi>{message ?? text}</Ansi>
        {isOpen && <span className="block text-soft">{JSON.stringify(fields, null, 2)}</span>}
      </span>
      <button
        type="button"
        aria-label="Copy a link to this line"
        title="Copy a link to this line"
        className="grid size-6 shrink-0 place-items-center text-faint opacity-0 group-hover:opacity-100 hover:text-ink focus-visible:opacity-100"
        onClick={() => void copyLink(line.id)}
      >
        <Link2 aria-hidden="true" size={13} />
      </button>
    </div>
  );
}

async function copyLink(id: string): Promise<void> {
  const url = new URL(location.href);
  url.searchParams.set('line', JSON.stringify(id));
  await navigator.clipboard.writeText(url.href);
  toast.done('The link is copied.');
}

function clock(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB', { hour12: false });
}
