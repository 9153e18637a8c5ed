import { execFileSync } from 'node:child_process';
import { makeBed } from '../../cli/command.ts';
import { interleaved, median, type Topic } from '../figures.ts';

const RUNS = 15;
/** The target for the help of a verb, as a multiple of Node's own start. */
const VERB_AIM = 2.5;

/** The start-up time of the published command. */
export const command: Topic = {
  name: 'command',
  async measure() {
    const bed = await makeBed();
    const node =
      (...args: string[]) =>
      async () =>
        execFileSync(process.execPath, args, { stdio: 'ignore' });
    const [bare, help, verb] = await interleaved(
      RUNS,
      2,
      node('--eval', '0'),
      node(bed.program, '--help'),
      node(bed.program, 'up', '--help'),
    );
    bed.remove();
    const figure = (name: string, values: readonly number[]) => ({
      name,
      value: median(values),
      unit: 'ms',
      ratio: { times: median(values) / median(bare), to: 'node alone', aim: VERB_AIM },
      detail: `median of ${RUNS}, without a compile cache`,
    });
    return [figure('gantry --help', help), figure('gantry up --help (loads the verb)', verb)];
  },
};
