import { useState } from 'react';
import { classes } from '../components/classes.ts';
import { Dialog } from '../components/dialog.tsx';
import { type Command, useCommands } from './commands.ts';

const LIST = 'palette-commands';
/** The number of shown commands. Typing more narrows the list. */
const MOST = 50;

/** The command palette: goes to any page, and runs the global actions. */
export default function Palette({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const found = matching(useCommands(), text).slice(0, MOST);
  const chosen = Math.min(at, found.length - 1);
  const run = (command: Command | undefined) => {
    if (command === undefined) return;
    onClose();
    // The browser paints the closed palette before the command runs: both together take longer than a frame.
    requestAnimationFrame(() => setTimeout(command.run));
  };
  const onKey = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter') run(found[chosen]);
    if (step === undefined) return;
    event.preventDefault();
    setAt((chosen + step + found.length) % Math.max(1, found.length));
  };
  return (
    <Dialog title="Go to" description="Type a part of a name. Enter opens the marked entry." open onClose={onClose}>
      <input
        ref={focus}
        role="combobox"
        aria-label="Page or action"
        aria-expanded="true"
        aria-controls={LIST}
        aria-activedescendant={found.length === 0 ? undefined : `${LIST}-${chosen}`}
        autoComplete="off"
        spellCheck={false}
        placeholder="variables of front"
        className="h-10 rounded-md border border-line-strong bg-surface px-3"
        value={text}
        onKeyDown={onKey}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
      />
      <div role="listbox" id={LIST} aria-label="Pages and actions" className="-mx-2 max-h-80 overflow-y-auto">
        {found.map((command, index) => (
          <Option
            key={`${command.about} ${command.name}`}
            id={`${LIST}-${index}`}
            command={command}
            isChosen={index === chosen}
            onPick={() => run(command)}
          />
        ))}
      </div>
      {found.length === 0 && <p className="text-soft">No page or action has this name.</p>}
    </Dialog>
  );
}

/** Focuses the input, so that it gets the first key. */
const focus = (input: HTMLInputElement | null) => input?.focus();

interface OptionProps {
  readonly id: string;
  readonly command: Command;
  readonly isChosen: boolean;
  readonly onPick: () => void;
}

function Option({ id, command: { name, about }, isChosen, onPick }: OptionProps) {
  return (
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      className={classes(
        'flex min-h-9 cursor-pointer items-center justify-between gap-4 rounded-md px-2',
        isChosen && 'bg-accent-soft',
      )}
      onMouseDown={(event) => {
        event.preventDefault();
        onPick();
      }}
    >
      <span className="truncate">{name}</span>
      <span className="truncate text-small text-soft">{about}</span>
    </div>
  );
}

/** The commands whose text has every word of the search, in any case. */
function matching(commands: readonly Command[], text: string): readonly Command[] {
  const words = text.toLowerCase().split(/\s+/);
  return commands.filter(({ name, about }) => {
    const searched = `${name} ${about}`.toLowerCase();
    return words.every((word) => searched.includes(word));
  });
}
