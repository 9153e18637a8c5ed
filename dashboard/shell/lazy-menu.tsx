import { type ReactElement, Suspense, useState } from 'react';

interface LazyMenuProps {
  /** The button without its menu. A press calls `open`. */
  readonly button: (open: () => void) => ReactElement;
  /** The button with its menu, open at first. */
  readonly children: ReactElement;
}

/** A menu whose script loads when the user first opens it: the script of menus would add a fifth to the first view. */
export function LazyMenu({ button, children }: LazyMenuProps) {
  const [isWanted, setWanted] = useState(false);
  const closed = button(() => setWanted(true));
  return isWanted ? <Suspense fallback={closed}>{children}</Suspense> : closed;
}
