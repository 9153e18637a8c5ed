import { EventEmitter } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { createInterrupts } from '@gantry/cli/interrupts.ts';
import { createOutput } from '@gantry/cli/output.ts';
import { runCommand } from '@gantry/cli/program.ts';
import { createPrompts } from '@gantry/cli/prompts.ts';
import type { Target } from '@gantry/local/example/deploy.ts';
import type { FarSide } from './far-side.ts';

/** The end of every id of a far side. */
export const ID = '01J8Z3N5W4Q8R7T6Y5X4W3V2T1';
export const EMAIL = 'ada@example.com';

interface RunOptions {
  /** The result of each write to its stdout. */
  readonly refusal?: string | undefined;
  /** Whether its outputs are terminals; with CI=1, as in a hosted build. */
  readonly terminal?: boolean;
  /** Whether it answers programs, as with --json. */
  readonly json?: boolean;
  /** Its stdin. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the command in this process, with its own streams, signals and folders. */
export async function run(words: readonly string[], folder: string, options: RunOptions = {}) {
  const { refusal, terminal = false, json = false, input = '' } = options;
  const [stdout, stderr] = [streamOf(refusal, terminal), streamOf(undefined, terminal)];
  // That folder has no programs but those of a test.
  const env = { XDG_CONFIG_HOME: folder, CI: '1', PATH: folder, ...options.env };
  const streams = { stdin: Readable.from(input === '' ? [] : [input]), stdout, stderr, env };
  const out = createOutput(json, streams);
  const [prompts, interrupts] = [createPrompts(out, streams), createInterrupts(out, new EventEmitter())];
  const code = await runCommand(words, { out, prompts, interrupts, env, folder });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** Of a far side. */
const FAR: Target = {
  teamId: `team_${ID}`,
  projectId: `prj_${ID}`,
  serviceId: `svc_${ID}`,
  environmentId: `env_${ID}`,
};

/** Leaves a folder as `gantry login` and `gantry link` do, with the ids of a far side unless others are given. */
export function signIn(folder: string, { url }: Pick<FarSide, 'url'>, token: string, target = FAR): void {
  const link = {
    api: url,
    team: { id: target.teamId, slug: 'shop' },
    project: { id: target.projectId, slug: 'shop' },
    service: { id: target.serviceId, slug: 'web' },
    environment: { id: target.environmentId, slug: 'production' },
  };
  const credentials = { current: url, servers: { [url]: { kind: 'token', email: EMAIL, token } } };
  mkdirSync(join(folder, 'gantry'));
  writeFileSync(join(folder, 'gantry/credentials.json'), JSON.stringify(credentials), { mode: 0o600 });
  writeFileSync(join(folder, 'gantry.link.json'), JSON.stringify(link));
}

/** Keeps the output, and then fails with the given error of the operating system. */
function streamOf(refusal: string | undefined, isTTY: boolean) {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      // As in a system, it then accepts nothing more.
      done(
        refusal === undefined || chunk.length === 0
          ? null
          : Object.assign(new Error(), { code: refusal, syscall: 'write' }),
      );
    },
  });
  return Object.assign(stream, { isTTY, text: () => text });
}
