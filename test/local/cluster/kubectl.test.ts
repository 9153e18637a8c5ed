import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { patience } from '../../patience.ts';
import { startTestCluster, type TestCluster } from './harness.ts';
import { created, deployment, job, preparePlatform, route, scriptImage, serverImage, service } from './objects.ts';

const WITHIN = `--timeout=${patience(20_000)}ms`;

const found = spawnSync('kubectl', ['version', '--client']).status === 0;
const title = `an unmodified kubectl${found ? '' : ' (not run: there is no kubectl on the PATH)'}`;

const NS = 'shop';
let test: TestCluster;
let home: string;

beforeAll(async () => {
  test = await startTestCluster();
  home = mkdtempSync(join(tmpdir(), 'gantry-kubectl-'));
  await preparePlatform(test.api, NS);
});
afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await test.stop();
});

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the operator's kubectl with the kubeconfig that the cluster wrote. */
function kubectl(args: readonly string[], input?: unknown): Promise<Ran> {
  return run('kubectl', ['-n', NS, ...args], input);
}

function run(program: string, args: readonly string[], input?: unknown): Promise<Ran> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, KUBECONFIG: join(test.folder, 'kubeconfig') };
  const child = spawn(program, args, { env, timeout: patience(25_000) });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  child.stdin.end(input === undefined ? '' : JSON.stringify(input));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

function listOf(...items: readonly unknown[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

const describeWithKubectl = found ? describe : describe.skip;

describeWithKubectl(title, () => {
  it('applies, changes, watches, scales, rolls back and deletes an app', async () => {
    const [one, two] = [await serverImage(test, '1'), await serverImage(test, '2')];
    const file = join(home, 'app.json');
    writeFileSync(file, listOf(deployment('web', one), service('web'), route('web', 'web.localhost', { web: 1 })));
    const first = await kubectl(['apply', '-f', file]);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toContain('deployment.apps/web created');
    expect(await kubectl(['rollout', 'status', 'deployment/web', WITHIN])).toMatchObject({ code: 0 });
    expect((await kubectl(['wait', '--for=condition=Available', 'deployment/web', WITHIN])).code).toBe(0);
    expect((await kubectl(['apply', '-f', file])).out).toContain('deployment.apps/web unchanged');

    const changed = await kubectl(['apply', '-f', '-'], deployment('web', two));
    expect(changed.out).toContain('configured');
    expect((await kubectl(['rollout', 'status', 'deployment/web', WITHIN])).code).toBe(0);
    expect((await test.ask('web.localhost')).text).toMatch(/^version 2/);

    expect((await kubectl(['rollout', 'undo', 'deployment/web'])).out).toContain('rolled back');
    expect((await kubectl(['rollout', 'status', 'deployment/web', WITHIN])).code).toBe(0);
    expect((await test.ask('web.localhost')).text).toMatch(/^version 1/);

    expect((await kubectl(['scale', 'deployment/web', '--replicas=2'])).out).toContain('scaled');
    expect((await kubectl(['rollout', 'status', 'deployment/web', WITHIN])).code).toBe(0);
    expect((await kubectl(['get', 'deployments'])).out).toMatch(
      /NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE\s+AGE\nweb\s+2\/2/,
    );
    expect(
      (await kubectl(['get', 'pods', '-l', 'app=web', '-o', 'name'])).out.trim().split('\n').length,
    ).toBeGreaterThanOrEqual(2);

    const described = await kubectl(['describe', 'deployment', 'web']);
    expect(described).toMatchObject({ code: 0 });
    expect(described.out).toMatch(/NewReplicaSet:\s+web-/);
    expect((await kubectl(['delete', '-f', file, WITHIN])).out).toContain('deployment.apps "web" deleted');
    expect((await kubectl(['get', 'deployments'])).err).toContain('No resources found');
  }, 90_000);

  it('shows, follows and describes the output of a pod', async () => {
    const image = await serverImage(test, '1');
    await created(
      test.api('POST', `/api/v1/namespaces/${NS}/pods`, {
        metadata: { name: 'alone' },
        spec: { containers: [{ name: 'app', image, ports: [{ containerPort: 8080 }] }] },
      }),
    );
    expect((await kubectl(['wait', '--for=condition=Ready', 'pod/alone', WITHIN])).code).toBe(0);
    const following = kubectl(['logs', '-f', 'alone']);
    const described = await kubectl(['describe', 'pod', 'alone']);
    expect(described.out).toMatch(/Status:\s+Running/);
    expect(described.out).toContain('Started container app');
    expect((await kubectl(['logs', 'alone', '--tail=1'])).out).toMatch(/^listening on \d+\n$/);
    expect((await kubectl(['delete', 'pod', 'alone', WITHIN])).out).toContain('pod "alone" deleted');
    expect((await following).out).toMatch(/listening on \d+\nterminating\n/);
  }, 60_000);

  it('runs a command in a pod, with input, exit code and terminal', async () => {
    const image = await serverImage(test, '7');
    await created(
      test.api('POST', `/api/v1/namespaces/${NS}/pods`, {
        metadata: { name: 'entered' },
        spec: { containers: [{ name: 'app', image, ports: [{ containerPort: 8080 }] }] },
      }),
    );
    expect((await kubectl(['wait', '--for=condition=Ready', 'pod/entered', WITHIN])).code).toBe(0);
    const exec = (...args: string[]) => kubectl(['exec', ...args]);
    expect(await exec('entered', '--', 'sh', '-c', 'echo $VERSION; pwd >&2; exit 3')).toMatchObject({
      code: 3,
      out: '7\n',
      err: expect.stringMatching(/\/app\ncommand terminated with exit code 3\n$/),
    });
    const long = 'x'.repeat(200_000);
    expect(await kubectl(['exec', '-i', 'entered', '--', 'cat'], long)).toMatchObject({
      code: 0,
      out: JSON.stringify(long),
    });
    expect((await exec('entered', '--', 'nope')).err).toContain('exec: "nope": executable file not found in $PATH');
    if (spawnSync('script', ['--version']).status === 0) {
      const line = `kubectl -n ${NS} exec -it entered -- sh -c 'test -t 0 && test -t 1 && echo a terminal'`;
      expect((await run('script', ['-qec', line, '/dev/null'])).out).toContain('a terminal\r\n');
    }
    expect((await kubectl(['delete', 'pod', 'entered', WITHIN])).code).toBe(0);
    expect((await exec('entered', '--', 'true')).err).toContain('pods "entered" not found');
  }, 60_000);

  it('waits for a Job, reads its output and shows its result', async () => {
    const image = await scriptImage(test, `console.log('migrated');`);
    expect((await kubectl(['apply', '-f', '-'], job('migrate', image))).out).toContain('job.batch/migrate created');
    expect((await kubectl(['wait', '--for=condition=complete', 'job/migrate', WITHIN])).code).toBe(0);
    expect((await kubectl(['logs', 'job/migrate'])).out).toBe('migrated\n');
    expect((await kubectl(['get', 'jobs'])).out).toMatch(
      /NAME\s+STATUS\s+COMPLETIONS\s+AGE\nmigrate\s+Complete\s+1\/1/,
    );
    expect((await kubectl(['describe', 'job', 'migrate'])).out).toContain('1 Succeeded / 0 Failed');
    expect((await kubectl(['delete', 'job', 'migrate', WITHIN])).out).toContain('"migrate" deleted');
  }, 60_000);
});
