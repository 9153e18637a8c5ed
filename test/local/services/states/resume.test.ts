import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PARTS } from '../../../../local/disk.ts';
import { Store } from '../../../../local/kernel/store.ts';
import { workFolder } from '../../../../local/work-folder.ts';
import { until } from './ports.ts';

interface Line {
  readonly called?: string;
  readonly line?: string;
  readonly token?: string;
  readonly build?: { readonly 'build-status': string };
  readonly event?: { readonly status: string; readonly output: string | null; readonly cause: string | null };
}

let folder = '';
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gantry-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the rooms in their own process over the test's data folder. */
function start(states: object, buildspec = '', ears = '') {
  const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states });
  const program = join(import.meta.dirname, 'crash.ts');
  const child = spawn(process.execPath, [program, folder, definition, buildspec, ears], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: Line[] = [];
  createInterface({ input: child.stdout }).on('line', (text) => lines.push(JSON.parse(text) as Line));
  return {
    lines,
    statuses: () => lines.flatMap(({ event }) => event?.status ?? []),
    tokens: () => lines.flatMap(({ token }) => token ?? []),
    succeed: (token: string) => child.stdin.write(`${token}\n`),
    called: () => lines.flatMap(({ called }) => called ?? []),
    ended: () =>
      until('the execution has ended', () => lines.find(({ event }) => event && event.status !== 'RUNNING')?.event),
    async kill() {
      child.kill('SIGKILL');
      await until('the process has ended', () => child.signalCode ?? undefined);
    },
  };
}

const call = (name: string, kind = 'quick') => ({
  Type: 'Task',
  Resource: `arn:aws:lambda:xx-local-1:000000000000:function:${kind}`,
  Arguments: { name },
});

const callback = (name: string, more = {}) => ({
  Wait: {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: { FunctionName: name, Payload: { token: '{% $states.context.Task.Token %}' } },
    End: true,
    ...more,
  },
});

describe('after kill -9', () => {
  it('an execution continues at its current state, with its variables', async () => {
    const states = {
      First: { ...call('first'), Assign: { kept: '{% $states.result %}' }, Next: 'Second' },
      Second: { ...call('second', 'slow'), Next: 'Third' },
      Third: { ...call('third'), Output: '{% $kept & "," & $states.input %}', End: true },
    };
    const before = start(states);
    await until('the second state has begun', () => before.called()[1]);
    await before.kill();
    const after = start(states);
    expect(await after.ended()).toMatchObject({ status: 'SUCCEEDED', output: '"first,second"' });
    expect(after.called()).toEqual(['second', 'third']);
  });

  it('finished branches and items do not run again', async () => {
    const items = ['a', 'b', 'c'];
    const item = { ...call('x', 'slow'), Arguments: { name: '{% $states.input %}' }, End: true };
    const states = {
      Each: {
        Type: 'Map',
        Items: items,
        MaxConcurrency: 1,
        ItemProcessor: { StartAt: 'One', States: { One: item } },
        End: true,
      },
    };
    const before = start(states);
    await until('the second item has begun', () => before.called()[1]);
    await before.kill();
    const after = start(states);
    expect(await after.ended()).toMatchObject({ status: 'SUCCEEDED', output: JSON.stringify(items) });
    expect(after.called()).toEqual(['b', 'c']);
  });

  it('a wait ends at its original time', async () => {
    const states = { Wait: { Type: 'Wait', Seconds: 2, Next: 'Done' }, Done: { ...call('done'), End: true } };
    const before = start(states);
    await until('the execution has started', () => before.lines.find(({ event }) => event?.status === 'RUNNING'));
    await before.kill();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const after = start(states);
    expect(await after.ended()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('a wait for a task token continues with the same token, and a function that returned is not called again', async () => {
    const store = new Store(join(folder, 'state.db'));
    const frames = store.collection<{ readonly callback?: { readonly submitted: boolean } }>('states.frames');
    const before = start(callback('token'));
    await until('the task waits for its callback', () =>
      frames.entries().find(([, { callback: wait }]) => wait?.submitted === true),
    );
    const token = await until('the function has the token', () => before.tokens()[0]);
    await before.kill();
    store.close();
    const after = start(callback('token'));
    after.succeed(token);
    expect(await after.ended()).toMatchObject({ status: 'SUCCEEDED', output: '"answered"' });
    expect(after.tokens()).toEqual([]);
  });

  it('a function that had not returned is called again, with the same token', async () => {
    const before = start(callback('slowToken'));
    const token = await until('the function is called', () => before.tokens()[0]);
    await before.kill();
    const after = start(callback('slowToken'));
    expect(await until('the function is called again', () => after.tokens()[0])).toBe(token);
    after.succeed(token);
    expect(await after.ended()).toMatchObject({ status: 'SUCCEEDED', output: '"answered"' });
  });

  it('a stored answer to a task token takes effect, even if it had woken nothing yet', async () => {
    const before = start(callback('slowToken'));
    await until('the function is called', () => before.tokens()[0]);
    await before.kill();
    const store = new Store(join(folder, 'state.db'));
    const frames = store.collection<{ readonly callback?: object }>('states.frames');
    const [[key, frame] = ['', {}]] = frames.entries();
    frames.put(key, { ...frame, callback: { ...frame.callback, outcome: { output: 'kept' } } });
    store.close();
    const after = start(callback('slowToken'));
    expect(await after.ended()).toMatchObject({ status: 'SUCCEEDED', output: '"kept"' });
    expect(after.tokens()).toEqual([]);
  });

  it('a wait for a task token ends at its original time limit', async () => {
    const states = callback('token', { TimeoutSeconds: 2 });
    const before = start(states);
    await until('the function is called', () => before.tokens()[0]);
    await before.kill();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const after = start(states);
    expect(await after.ended()).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('2 s') });
    expect(after.tokens()).toEqual([]);
  });

  it('EventBridge hears once of executions and builds that started and ended while it was unreachable', async () => {
    const store = new Store(join(folder, 'state.db'));
    const waiting = ['states.outbox', 'codebuild.outbox'].map((name) => store.collection(name));
    const Resource = 'arn:aws:states:::codebuild:startBuild.sync';
    const states = { Build: { Type: 'Task', Resource, Arguments: { ProjectName: 'project' }, End: true } };
    const before = start(states, '', 'deaf');
    await until('the journal has both ends', () => waiting.every((each) => each.entries().length === 2) || undefined);
    await before.kill();
    const after = start(states);
    await until('nothing waits', () => waiting.every((each) => each.entries().length === 0) || undefined);
    await after.ended();
    store.close();
    expect(after.statuses()).toEqual(['RUNNING', 'SUCCEEDED']);
    expect(after.lines.flatMap(({ build }) => build?.['build-status'] ?? [])).toEqual(['IN_PROGRESS', 'SUCCEEDED']);
  });

  it('a build runs again under its id, and nothing of its first run is left', async () => {
    const states = {
      Build: {
        Type: 'Task',
        Resource: 'arn:aws:states:::codebuild:startBuild.sync',
        Arguments: { ProjectName: 'project' },
        Output: "{% $states.result.Build.ExportedEnvironmentVariables[Name = 'RUN'].Value %}",
        End: true,
      },
    };
    const marks = join(folder, 'marks');
    const command = [
      `mkdir -p ${marks}`,
      `echo "$CODEBUILD_BUILD_ID" > ${marks}/$$`,
      `(setsid sleep 321 &)`,
      `if [ "$(ls ${marks} | wc -l)" = 1 ]; then echo first; sleep 60; fi`,
      'export RUN=second',
    ];
    const buildspec = JSON.stringify({
      version: '0.2',
      env: { 'exported-variables': ['RUN'] },
      phases: { build: { commands: [command.join('; ')] } },
    });
    const before = start(states, buildspec);
    await until('the first run has begun', () => before.lines.find(({ line }) => line === 'first'));
    await before.kill();
    const after = start(states, buildspec);
    expect(await after.ended()).toMatchObject({ status: 'SUCCEEDED', output: '"second"' });
    const ids = readdirSync(marks).map((file) => readFileSync(join(marks, file), 'utf8').trim());
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    const alive = readdirSync('/proc').filter((pid) => {
      const file = `/proc/${pid}/environ`;
      return /^\d+$/.test(pid) && existsSync(file) && environ(file).includes(`CODEBUILD_BUILD_ID=${ids[0]}`);
    });
    expect(alive).toEqual([]);
    expect(readdirSync(join(workFolder(folder), PARTS.builds))).toEqual([]);
  });
});

function environ(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
