import { GantryError } from '@gantry/contract/errors.ts';
import { FolderUp } from 'lucide-react';
import { type DragEvent, useId, useState } from 'react';
import { type Chosen, chosenOf, droppedOf } from '../data/chosen.ts';
import { classes } from './classes.ts';

interface DropZoneProps {
  readonly chosen: Chosen | undefined;
  readonly onChoose: (chosen: Chosen) => void;
}

/** Accepts a folder or an archive that the user drops or chooses. */
export function DropZone({ chosen, onChoose }: DropZoneProps) {
  const [isOver, setOver] = useState(false);
  const [problem, setProblem] = useState<string>();
  const take = (choose: () => Chosen) => {
    try {
      setProblem(undefined);
      onChoose(choose());
    } catch (error) {
      if (!(error instanceof GantryError)) throw error;
      setProblem(error.message);
    }
  };
  const over = (is: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setOver(is);
  };
  return (
    <section
      aria-label="What to deploy"
      onDragOver={over(true)}
      onDragLeave={over(false)}
      onDrop={(event) => {
        over(false)(event);
        take(() => droppedOf(event.dataTransfer));
      }}
      className={classes(
        'grid justify-items-center gap-2 rounded-lg border border-dashed px-4 py-5 text-center',
        isOver ? 'border-accent bg-accent-soft' : 'border-line-strong',
      )}
    >
      <FolderUp aria-hidden="true" size={20} className="text-soft" />
      {chosen === undefined ? (
        <p>Drop a folder or an archive here</p>
      ) : (
        <p className="font-medium break-all">{chosen.name}</p>
      )}
      <div className="flex flex-wrap justify-center gap-2">
        <FileButton label="Choose a folder" isFolder onFiles={(files) => take(() => chosenOf(files))} />
        <FileButton label="Choose an archive" onFiles={(files) => take(() => chosenOf(files))} />
      </div>
      <p className="text-small text-soft">
        The upload leaves out .env files, node_modules, and files that .gitignore or .gantryignore name.
      </p>
      {problem !== undefined && (
        <p role="alert" className="text-small text-bad">
          {problem}
        </p>
      )}
    </section>
  );
}

interface FileButtonProps {
  readonly label: string;
  readonly isFolder?: boolean;
  readonly onFiles: (files: Iterable<File>) => void;
}

/** A button that opens the system's file dialog. The invisible input serves the keyboard and screen readers. */
function FileButton({ label, isFolder = false, onFiles }: FileButtonProps) {
  const id = useId();
  return (
    <span className="relative">
      <input
        id={id}
        type="file"
        {...(isFolder ? { webkitdirectory: '' } : { accept: '.tgz,.gz,.tar' })}
        className="peer absolute inset-0 opacity-0"
        onChange={({ target }) => {
          if (target.files !== null && target.files.length > 0) onFiles(target.files);
          target.value = '';
        }}
      />
      <label
        htmlFor={id}
        className="relative inline-flex h-8 cursor-pointer items-center rounded-md border border-line-strong bg-surface px-3 text-small font-medium transition-colors peer-focus-visible:outline-2 peer-focus-visible:outline-offset-2 peer-focus-visible:outline-accent hover:bg-sunken"
      >
        {label}
      </label>
    </span>
  );
}
