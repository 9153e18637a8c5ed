import type { KeyboardEvent, PointerEvent } from 'react';
import { looks, type Series } from './plot.tsx';

interface CursorProps {
  readonly label: string;
  /** The shown moment and its values, for screen readers. */
  readonly text: string;
  readonly series: readonly Series[];
  readonly length: number;
  readonly top: number;
  /** The step that the user points at; null if at none. */
  readonly at: number | null;
  readonly onMove: (at: number | null) => void;
}

const KEYS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 };

/** Shows the values at a moment: of the step under the pointer, or of the one that the arrow keys choose. */
export function Cursor({ label, text, series, length, top, at, onMove }: CursorProps) {
  const point = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const step = Math.floor((length * (event.clientX - left)) / width);
    onMove(Math.min(length - 1, Math.max(0, step)));
  };
  const press = (event: KeyboardEvent) => {
    const by = KEYS[event.key];
    if (event.key === 'Escape') onMove(null);
    else if (event.key === 'Home') onMove(0);
    else if (event.key === 'End') onMove(length - 1);
    else if (by !== undefined) onMove(Math.min(length - 1, Math.max(0, (at ?? length - 1) + by)));
    else return;
    event.preventDefault();
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={length - 1}
      aria-valuenow={at ?? length - 1}
      aria-valuetext={text}
      className="absolute inset-0 touch-pan-y rounded-sm"
      onPointerMove={point}
      onPointerDown={point}
      onPointerLeave={() => onMove(null)}
      onBlur={() => onMove(null)}
      onKeyDown={press}
    >
      {at !== null && (
        <span
          className="pointer-events-none absolute inset-y-0 border-l border-line-strong"
          style={{ left: `${(100 * (at + 0.5)) / length}%` }}
        >
          {series.map(({ name, look, values, shape }) => {
            const value = values[at] ?? null;
            return (
              value !== null &&
              shape !== 'bars' && (
                <span
                  key={name}
                  className={`absolute -ml-[4.5px] -mb-1 size-2 rounded-full ring-2 ring-surface ${looks[look].dot}`}
                  style={{ bottom: `${(100 * value) / top}%` }}
                />
              )
            );
          })}
        </span>
      )}
    </div>
  );
}
