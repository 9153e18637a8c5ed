import { parseArgs } from 'node:util';
import { signInAs } from '@gantry/local/example/session.ts';
import { apiOf } from '../api/call.ts';
import { killLaunched, newDataDir, removeData, startPlatform } from '../journeys/platform.ts';
import { halfOpenAttack } from './half-open.ts';
import { listeningBelow } from './listening.ts';
import { residents, strangers, type Tried } from './matrix.ts';
import { operationsAttack } from './operations.ts';
import { rawAttack } from './raw.ts';
import { requireAlive, type Target, targetOf } from './target.ts';

/**
 * Attacks its own platform for `--minutes N` (default 1) from `--seed S` (default: a new one). Everything goes to 127.0.0.1. Prints the seed, and the
 * smallest attack that succeeds; then the exit code is 1.
 */
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' } } });
const minutes = Number(values.minutes);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
if (!(minutes > 0 && minutes <= 600) || !Number.isInteger(seed)) {
  say('Usage: npm run test:attack -- [--minutes 0 to 600] [--seed <whole number>]');
  process.exit(2);
}
process.exit((await attack()) ? 0 : 1);

async function attack(): Promise<boolean> {
  say(`seed ${seed}, ${minutes} minutes`);
  const dataDir = newDataDir();
  let platform = await startPlatform({ dataDir });
  const { endpoints } = platform;
  const target = targetOf(
    () => platform,
    async () => {
      await platform.stop();
      say(`the platform ended:\n${platform.output().slice(-2000)}`);
      platform = await startPlatform({ dataDir, port: target.ports.front });
    },
  );
  const bounds = { seed, milliseconds: (minutes * 60_000) / 2, runs: Math.ceil(minutes * 20_000) };
  const results = [
    await tried('only the three ports listen, on loopback', async () => requireThreePorts(target)),
    await tried('strangers are refused at every port', async () =>
      requireRefused(await strangers(target), await residents(target)),
    ),
    ...(await Promise.all([
      tried('half-open connections are closed', () => halfOpenAttack(target)),
      tried('raw bytes do not end the platform', () => rawAttack(target, bounds)),
    ])),
    await tried('the API answers as its contract says', async () => {
      if (target.ended()) await target.revive?.();
      const { accessToken } = await signInAs(endpoints.api, endpoints.owner.email, endpoints.owner.password);
      const api = apiOf(endpoints.api, accessToken);
      const teamId = (await api.done('session.get', {})).teams[0]?.team.id ?? '';
      await operationsAttack(target, api, { teamId }, { ...bounds, heavy: true });
    }),
    await tried('all three ports answer at the end', () => requireAlive(target)),
  ];
  await platform.stop();
  killLaunched();
  removeData(dataDir);
  return results.every(Boolean);
}

async function tried(what: string, run: () => Promise<void>): Promise<boolean> {
  try {
    await run();
    say(`holds: ${what}`);
    return true;
  } catch (error) {
    say(`FAILS: ${what} (seed ${seed})\n${explain(error)}`);
    return false;
  }
}

/** fast-check's message has the attempt, and its cause has the result. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}\n${error.cause.message}` : error.message;
}

function requireThreePorts({ pid, ports }: Target): void {
  const { own } = listeningBelow(pid());
  const expected = Object.values(ports).map((port) => `127.0.0.1:${port}`);
  if (own.join() !== expected.join()) throw new Error(`these listen: ${own.join(', ')}`);
}

function requireRefused(foreign: readonly Tried[], own: readonly Tried[]): void {
  const through = foreign.filter(({ status, readable }) => (status !== 403 && status !== 400) || readable);
  const locked = own.filter(({ kind, status }) => kind === 'read' && (status === 403 || status === 400));
  if (through.length + locked.length > 0) throw new Error(JSON.stringify({ through, locked }, undefined, 2));
}
