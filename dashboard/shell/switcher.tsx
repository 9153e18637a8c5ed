import { lazy } from 'react';
import { LazyMenu } from './lazy-menu.tsx';
import { SwitcherButton, type SwitcherProps } from './switcher-button.tsx';

const SwitcherOpen = lazy(() => import('./switcher-open.tsx'));

/** Goes to a sibling of the shown thing. */
export function Switcher({ noun, others }: SwitcherProps) {
  if (others.length < 2) return null;
  return (
    <LazyMenu button={(open) => <SwitcherButton noun={noun} aria-haspopup="menu" onClick={open} />}>
      <SwitcherOpen noun={noun} others={others} />
    </LazyMenu>
  );
}
