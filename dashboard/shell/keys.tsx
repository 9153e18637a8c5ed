import { useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';

/** Both are loaded when they are first asked for. */
const Palette = lazy(() => import('./palette.tsx'));
const Shortcuts = lazy(() => import('./shortcuts.tsx'));

type Open = 'palette' | 'shortcuts' | undefined;

/** What the keyboard opens from every page. */
export function Keys() {
  const [open, setOpen] = useState<Open>();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const asked = openedBy(event);
      if (asked === undefined) return;
      event.preventDefault();
      setOpen(asked);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  // Whoever has chosen a page wants to see it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path is what closes it.
  useEffect(() => setOpen(undefined), [path]);
  const close = () => setOpen(undefined);
  return (
    <Suspense>
      {open === 'palette' && <Palette onClose={close} />}
      {open === 'shortcuts' && <Shortcuts onClose={close} />}
    </Suspense>
  );
}

function openedBy({ key, ctrlKey, metaKey, target }: KeyboardEvent): Open {
  if ((ctrlKey || metaKey) && key.toLowerCase() === 'k') return 'palette';
  const isTyping = target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');
  if (isTyping || ctrlKey || metaKey) return undefined;
  if (key === '/') return 'palette';
  return key === '?' ? 'shortcuts' : undefined;
}
