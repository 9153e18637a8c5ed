import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { wordsOf } from '../../components/error-view.tsx';
import type { Log } from '../../data/tail.ts';
import { LogRow } from './log-row.tsx';

const ROW = 24;
/** The distance to the end, in pixels, at which a log still counts as scrolled to its end. */
const NEAR = 40;

/** The keyboard must reach a region that scrolls, though it holds nothing to press. */
const REACHED_BY_KEYBOARD = { tabIndex: 0 };

interface LogLinesProps {
  readonly label: string;
  readonly log: Log;
  readonly empty: string;
  /** The line to which the address points. The log opens there. */
  readonly marked?: string | undefined;
}

/** The lines of a log. Only those in view are in the page. It stays at the end while the end is in view. */
export function LogLines({ label, log: { lines, error }, empty, marked }: LogLinesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [isFollowing, setFollowing] = useState(marked === undefined);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const count = lines?.length ?? 0;
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    getItemKey: (index) => lines?.[index]?.id ?? index,
    overscan: 20,
  });
  useEffect(() => {
    if (isFollowing && count > 0) rows.scrollToIndex(count - 1, { align: 'end' });
  }, [isFollowing, count, rows]);
  const markedAt = marked === undefined ? -1 : (lines?.findIndex(({ id }) => id === marked) ?? -1);
  useEffect(() => {
    if (markedAt >= 0) rows.scrollToIndex(markedAt, { align: 'center' });
  }, [markedAt, rows]);
  const onScroll = () => {
    const { current } = scroller;
    if (current !== null) setFollowing(current.scrollHeight - current.scrollTop - current.clientHeight < NEAR);
  };
  return (
    <div className="relative">
      <div
        ref={scroller}
        role="log"
        aria-label={label}
        aria-live="off"
        {...REACHED_BY_KEYBOARD}
        onScroll={onScroll}
        className="h-[min(60vh,40rem)] overflow-auto rounded-b-lg bg-sunken font-mono text-tiny leading-6"
      >
        <div style={{ height: rows.getTotalSize() }} className="relative min-w-full">
          {rows.getVirtualItems().map(({ index, key, start }) => {
            const line = lines?.[index];
            if (line === undefined) return null;
            return (
              <div
                key={key}
                ref={rows.measureElement}
                data-index={index}
                style={{ transform: `translateY(${start}px)` }}
                className="absolute top-0 left-0 w-full"
              >
                <LogRow
                  line={line}
                  isOpen={open.has(line.id)}
                  isMarked={line.id === marked}
                  onToggle={() => setOpen(toggled(open, line.id))}
                />
              </div>
            );
          })}
        </div>
        {count === 0 && (
          <p className="absolute inset-0 grid place-items-center font-sans text-body text-soft">
            {lines === undefined ? 'Reading …' : empty}
          </p>
        )}
      </div>
      {error !== undefined && (
        <p role="alert" className="px-4 py-2 text-small text-bad">
          {wordsOf(error).detail}
        </p>
      )}
      {!isFollowing && (
        <Button className="absolute right-4 bottom-4 shadow-float" onClick={() => setFollowing(true)}>
          Go to the end
        </Button>
      )}
    </div>
  );
}

function toggled(open: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(open);
  if (!next.delete(id)) next.add(id);
  return next;
}
