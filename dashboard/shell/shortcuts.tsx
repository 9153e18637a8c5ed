import { Dialog } from '../components/dialog.tsx';

const KEYS = [
  ['Ctrl K, ⌘ K or /', 'Go to a page, or run an action'],
  ['?', 'Show these shortcuts'],
  ['Tab, Shift Tab', 'Next and previous element'],
  ['Enter, Space', 'Press the element'],
  ['Esc', 'Close a dialog or a menu'],
] as const;

/** The keyboard shortcuts of every page. */
export default function Shortcuts({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" description="They work on every page." open onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2">
        {KEYS.map(([keys, does]) => (
          <div key={keys} className="contents">
            <dt>
              <kbd className="rounded-md border border-line-strong bg-sunken px-2 py-0.5 font-mono text-small">
                {keys}
              </kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
