import type { LogLine } from '@gantry/contract/schemas/logs.ts';
import { useRef } from 'react';

/** The writers of a log: replicas and their releases. */
export interface LogSources {
  readonly replicas: readonly string[];
  readonly releases: readonly string[];
}

/** Collects the writers of a log that grows at its end. It reads each line once. */
export function useLogSources(lines: readonly LogLine[]): LogSources {
  const seen = useRef({
    last: undefined as LogLine | undefined,
    replicas: new Set<string>(),
    releases: new Set<string>(),
  });
  const { current } = seen;
  const last = lines.at(-1);
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = lines[at];
    if (line === undefined || line === current.last) break;
    current.replicas.add(line.source);
    if (line.release !== null) current.releases.add(line.release);
  }
  current.last = last;
  return { replicas: [...current.replicas].sort(), releases: [...current.releases].sort().reverse() };
}
