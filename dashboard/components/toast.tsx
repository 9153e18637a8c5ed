import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { IconButton } from './button.tsx';
import { wordsOf } from './error-view.tsx';

interface Toast {
  readonly id: number;
  readonly tone: 'done' | 'error';
  readonly title: string;
  readonly detail?: string;
}

/** The time that a success message stays, in milliseconds. An error stays until the user closes it. */
const SHOWN_MS = 5_000;
const MOST = 4;

let toasts: readonly Toast[] = [];
let count = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next.slice(-MOST);
  for (const listener of listeners) listener();
}

const close = (id: number) => set(toasts.filter((each) => each.id !== id));

function show(shown: Omit<Toast, 'id'>): void {
  count += 1;
  const id = count;
  set([...toasts, { ...shown, id }]);
  if (shown.tone === 'done') setTimeout(() => close(id), SHOWN_MS);
}

/** Tells the user how an action ended. */
export const toast = {
  done: (title: string) => show({ tone: 'done', title }),
  error: (error: unknown) => show({ tone: 'error', ...wordsOf(error) }),
};

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <section aria-label="Messages" className="fixed right-4 bottom-4 left-4 z-50 grid justify-items-end gap-2">
      {shown.map(({ id, tone, title, detail }) => (
        <div
          key={id}
          role={tone === 'error' ? 'alert' : 'status'}
          className="flex w-full max-w-sm items-start gap-2 rounded-lg border border-line bg-raised py-2 pr-1 pl-3 shadow-float"
        >
          <span aria-hidden="true" className={`mt-1 ${tone === 'error' ? 'text-bad' : 'text-good'}`}>
            {tone === 'error' ? <CircleAlert size={16} /> : <CircleCheck size={16} />}
          </span>
          <div className="min-w-0 grow py-0.5">
            <p className="font-medium">{title}</p>
            {detail !== undefined && <p className="text-small text-soft">{detail}</p>}
          </div>
          <IconButton label="Close" icon={<X aria-hidden="true" size={14} />} onClick={() => close(id)} />
        </div>
      ))}
    </section>
  );
}
