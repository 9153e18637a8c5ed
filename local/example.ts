import type { RunningCloud } from './cloud.ts';
import { StartFailure } from './failure.ts';

/** Deploys the bundled example app through the API, printing its progress and in the end its URL. */
export async function deployExample(_cloud: RunningCloud, _print: (line: string) => void): Promise<void> {
  throw new StartFailure('There is no bundled example app yet. Start with --empty.');
}
