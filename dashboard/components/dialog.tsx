import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { type ReactNode, useDeferredValue } from 'react';
import { IconButton } from './button.tsx';

interface DialogProps {
  readonly title: string;
  /** One sentence: the purpose of the dialog, or what will happen. */
  readonly description: string;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A dialog in front of the page. The overlay is our own: Radix's adds a style that the content security policy refuses. */
export function Dialog({ title, description, open, onClose, children }: DialogProps) {
  // Opening is deferred: the browser paints the pressed button before React renders the form. Closing is immediate.
  const isShown = useDeferredValue(open, false) && open;
  return (
    <Radix.Root open={isShown} onOpenChange={(next) => next || onClose()}>
      <Radix.Portal>
        <div aria-hidden="true" className="fixed inset-0 z-40 bg-black/40" />
        <Radix.Content className="fixed top-[12vh] left-1/2 z-40 grid max-h-[80vh] w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 gap-4 overflow-y-auto rounded-xl border border-line bg-raised p-5 shadow-float">
          <header className="flex items-start justify-between gap-4">
            <div>
              <Radix.Title className="text-lead font-semibold">{title}</Radix.Title>
              <Radix.Description className="text-soft">{description}</Radix.Description>
            </div>
            <Radix.Close asChild>
              <IconButton label="Close" icon={<X aria-hidden="true" size={16} />} />
            </Radix.Close>
          </header>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
