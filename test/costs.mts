import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { processorMsOf } from './processor-time.mts';

const SHOWN = 10;

/** The cost of a test or a whole file. `environment.mts` writes each as one line of JSON. */
interface Cost {
  readonly kind: 'test' | 'file';
  readonly path: string;
  readonly name: string;
  readonly ms: number;
}

/**
 * Prints at the end the tests and files with the most processor time, and the total of the run. `GANTRY_TEST_COSTS` may name a file for all costs.
 */
export default class Costs {
  readonly #kept = process.env['GANTRY_TEST_COSTS'];
  readonly #file = this.#kept ?? join(mkdtempSync(join(tmpdir(), 'gantry-costs-')), 'costs.jsonl');

  constructor() {
    // The workers inherit it.
    process.env['GANTRY_TEST_COSTS'] = this.#file;
  }

  onRunComplete(): void {
    const costs = this.#read().sort((a, b) => b.ms - a.ms);
    for (const kind of ['test', 'file']) {
      const dearest = costs.filter((cost) => cost.kind === kind).slice(0, SHOWN);
      const lines = dearest.map(({ ms, path, name }) => `${seconds(ms)}  ${relative(process.cwd(), path)} ${name}\n`);
      process.stderr.write(`\nThe most processor time, by ${kind}:\n${lines.join('')}`);
    }
    process.stderr.write(`${seconds(processorMsOf(process.pid))}  the whole run\n`);
    if (this.#kept === undefined) rmSync(dirname(this.#file), { recursive: true, force: true });
  }

  /** Empty if no test ran. */
  #read(): Cost[] {
    try {
      const lines = readFileSync(this.#file, 'utf8').trim().split('\n');
      return lines.map((line) => JSON.parse(line) as Cost);
    } catch {
      return [];
    }
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(7)} s`;
}
