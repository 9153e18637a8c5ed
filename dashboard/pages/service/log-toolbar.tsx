import { logLevels } from '@gantry/contract/log-levels.ts';
import type { LogLine } from '@gantry/contract/schemas/logs.ts';
import { Download } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Select } from '../../components/select.tsx';
import { useDelayed } from '../../data/delayed.ts';
import { useDownload } from '../../data/download.ts';
import type { LogSearch } from '../../data/log-search.ts';

interface LogToolbarProps {
  readonly name: string;
  readonly search: LogSearch;
  readonly lines: readonly LogLine[];
  readonly onChange: (next: LogSearch) => void;
}

/** How long the search waits for another key, in milliseconds. */
const PAUSE_MS = 300;
const levels = logLevels.map((level) => [level, level === 'error' ? 'Errors' : `${level} and graver`] as const);

/** What narrows a log down, and what takes it along. */
export function LogToolbar({ name, search, lines, onChange }: LogToolbarProps) {
  const [text, setText] = useState(search.text ?? '');
  useDelayed(text, PAUSE_MS, (settled) => settled !== (search.text ?? '') && onChange({ ...search, text: settled }));
  const download = useDownload();
  const sources = [...new Set([...lines.map(({ source }) => source), ...(search.replica ? [search.replica] : [])])];
  const save = () => download.run(`${name}.log`, 'text/plain', () => Promise.resolve(asText(lines)));
  const set = (field: keyof LogSearch) => (value: string) => onChange({ ...search, [field]: value });
  return (
    <form
      className="grid grid-cols-2 items-end gap-3 lg:grid-cols-[minmax(0,1fr)_10rem_10rem_12rem_auto]"
      onSubmit={(event) => event.preventDefault()}
    >
      <Field
        label="Search"
        type="search"
        className="col-span-full lg:col-span-1"
        placeholder="timeout"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Select label="Level" value={search.level ?? ''} onChange={set('level')} options={[['', 'All'], ...levels]} />
      <Select
        label="Written by"
        value={search.writer ?? ''}
        onChange={set('writer')}
        options={[
          ['', 'App and Gantry'],
          ['app', 'The app'],
          ['gantry', 'Gantry'],
        ]}
      />
      <Select
        label="Replica"
        value={search.replica ?? ''}
        onChange={set('replica')}
        options={[['', 'All'], ...sources.map((source) => [source, source] as const)]}
      />
      <Button className="h-9" busy={download.busy} disabled={lines.length === 0} onClick={() => void save()}>
        <Download aria-hidden="true" size={14} />
        Download
      </Button>
    </form>
  );
}

/** Lines as a file: the exact time, who wrote it, the text. */
function asText(lines: readonly LogLine[]): string {
  return lines.map(({ at, source, text }) => `${new Date(at).toISOString()} ${source} ${text}\n`).join('');
}
