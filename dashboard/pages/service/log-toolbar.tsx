import { logLevels } from '@gantry/contract/log-levels.ts';
import type { LogLine } from '@gantry/contract/schemas/logs.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { Copy, Download } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Select } from '../../components/select.tsx';
import { capital } from '../../components/status.tsx';
import { toast } from '../../components/toast.tsx';
import { useDelayed } from '../../data/delayed.ts';
import { useDownload } from '../../data/download.ts';
import type { LogSearch } from '../../data/log-search.ts';
import { useLogSources } from '../../data/log-sources.ts';

interface LogToolbarProps {
  readonly name: string;
  readonly search: LogSearch;
  readonly lines: readonly LogLine[];
  readonly onChange: (next: LogSearch) => void;
}

/** The pause in typing before the search runs, in milliseconds. */
const PAUSE_MS = 300;
const levels = logLevels.map(
  (level) => [level, level === 'error' ? 'Errors' : `${capital(level)} and graver`] as const,
);

/** The filters of a log, and its download. */
export function LogToolbar({ name, search, lines, onChange }: LogToolbarProps) {
  const [text, setText] = useState(search.text ?? '');
  useDelayed(text, PAUSE_MS, (settled) => settled !== (search.text ?? '') && onChange({ ...search, text: settled }));
  const download = useDownload();
  const { replicas, releases } = useLogSources(lines);
  const known = (all: readonly string[], chosen: string | undefined) =>
    chosen === undefined || all.includes(chosen) ? all : [...all, chosen];
  const copy = async () => {
    await navigator.clipboard.writeText(asText(lines));
    toast.done(`${lines.length.toLocaleString('en')} lines are copied.`);
  };
  const save = () => download.run(`${name}.log`, 'text/plain', () => Promise.resolve(asText(lines)));
  const set = (field: keyof LogSearch) => (value: string) => onChange({ ...search, [field]: value });
  return (
    <form
      className="grid grid-cols-2 items-end gap-3 lg:grid-cols-[minmax(0,1fr)_8rem_9rem_9rem_7rem_auto]"
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
        options={[['', 'All'], ...known(replicas, search.replica).map((name) => [name, name] as const)]}
      />
      <Select
        label="Release"
        value={search.release ?? ''}
        onChange={set('release')}
        options={[['', 'All'], ...known(releases, search.release).map((id) => [id, shortId(id)] as const)]}
      />
      <div className="col-span-full flex gap-2 lg:col-span-1">
        <Button className="h-9" disabled={lines.length === 0} onClick={() => void copy().catch(toast.error)}>
          <Copy aria-hidden="true" size={14} />
          Copy
        </Button>
        <Button className="h-9" busy={download.busy} disabled={lines.length === 0} onClick={() => void save()}>
          <Download aria-hidden="true" size={14} />
          Download
        </Button>
      </div>
    </form>
  );
}

/** Lines as text: the exact time, the writer, the line. */
function asText(lines: readonly LogLine[]): string {
  return lines.map(({ at, source, text }) => `${new Date(at).toISOString()} ${source} ${text}\n`).join('');
}
