import { useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';

/** Both load when the user first opens them. */
const Palette = lazy(() => import('./palette.tsx'));
const Shortcuts = lazy(() => import('./shortcuts.tsx'));

type Open = 'palette' | 'shortcuts' | undefined;

/** Opens the palette and the shortcuts by keyboard. Both close when another page shows. */
export function Keys() {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const [opened, setOpened] = useState<{ readonly what: Open; readonly at: string }>();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const what = openedBy(event);
      if (what === undefined) return;
      event.preventDefault();
      setOpened({ what, at: path });
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [path]);
  const close = () => setOpened(undefined);
  const what = opened?.at === path ? opened.what : undefined;
  return (
    <Suspense>
      {what === 'palette' && <Palette onClose={close} />}
      {what === 'shortcuts' && <Shortcuts onClose={close} />}
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
