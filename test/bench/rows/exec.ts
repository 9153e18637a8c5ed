import { setTimeout as sleep } from 'node:timers/promises';
import { openExec } from '@gantry/client/exec.ts';
import { openLive } from '@gantry/client/live.ts';
import { answering, developer, until } from '../../journeys/developer.ts';
import { newService } from '../../journeys/platform.ts';
import { quantile, type Topic } from '../figures.ts';
import type { Bed } from '../platform.ts';

const KEYS = 40;
const AFTER_A_PAUSE = 8;
/** A pause longer than the broker's limit for typing: then the broker checks for input more seldom. */
const PAUSE_MS = 4_000;

/** The wait of a user in a running app's shell: for the shell, and for the echo of a key. */
export const exec = ({ client }: Bed): Topic => ({
  name: 'exec',
  async measure() {
    const target = await newService(client, 'typed');
    await developer(client).deploy(target, answering('here'));
    let said = 0;
    let heard = () => {};
    const began = performance.now();
    const shell = await openExec({
      connect: () => openLive(client),
      client,
      target,
      request: { terminal: { columns: 80, rows: 24 } },
      onOutput(_stream, bytes) {
        said += bytes.length;
        heard();
      },
    });
    await until('the shell shows its prompt', () => said > 0);
    const promptMs = performance.now() - began;
    const key = async (pauseMs: number) => {
      await sleep(pauseMs * (0.5 + Math.random()));
      const before = said;
      const at = performance.now();
      const echo = new Promise<void>((resolve) => {
        heard = () => void (said > before && resolve());
      });
      await shell.write(Buffer.from('x'));
      await echo;
      return performance.now() - at;
    };
    const typed: number[] = [];
    for (let count = 0; count < KEYS; count += 1) typed.push(await key(60));
    const first: number[] = [];
    for (let count = 0; count < AFTER_A_PAUSE; count += 1) first.push(await key(PAUSE_MS));
    shell.close();
    return [
      { name: 'command to the prompt of a shell', value: promptMs, unit: 'ms' },
      { name: 'key to echo while typing, median', value: quantile(typed, 0.5), unit: 'ms', aim: 100 },
      { name: 'key to echo while typing, p90', value: quantile(typed, 0.9), unit: 'ms' },
      { name: 'key to echo after a pause, median', value: quantile(first, 0.5), unit: 'ms' },
    ];
  },
});
