import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createUsageMeter } from '@gantry/local/cluster/kubelet/usage.ts';
import type { Pod } from '@gantry/local/cluster/model.ts';
import { afterAll, expect, it } from '@jest/globals';
import { patience } from '../../patience.ts';

let child: ChildProcess | undefined;

afterAll(() => void child?.kill('SIGKILL'));

/**
 * Works for two seconds of processor time, half of it in a child process, prints how much the kernel counted, and
 * waits.
 */
const PROGRAM = `const { spawnSync } = require('node:child_process');
const work = 'while (process.cpuUsage().user + process.cpuUsage().system < 1e6);';
spawnSync(process.execPath, ['-e', work]);
new Function('process', work)(process);
const { readFileSync } = require('node:fs');
const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
const ofChild = (Number(fields[13]) + Number(fields[14])) * 10_000;
const { user, system } = process.cpuUsage();
process.stdout.write(String(user + system + ofChild));
setInterval(() => undefined, 60_000);`;

it(
  'The usage of a container is the processor time that the kernel counts, to 5 percent, with that of programs that it ran',
  async () => {
    const meter = createUsageMeter();
    const begun = Date.now();
    child = spawn(process.execPath, ['-e', PROGRAM], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    const pod = { metadata: { name: 'web', namespace: 'shop' } } as Pod;
    meter.watch(() => pod, 'app', child.pid ?? 0);
    const [said] = await once(child.stdout ?? child, 'data');
    const [metrics] = await meter.read();
    const seconds = (Date.now() - begun) / 1000;
    const { containers = [] } = (metrics ?? {}) as { containers?: { usage: { cpu: string } }[] };
    const counted = (Number(containers[0]?.usage.cpu.replace('n', '')) / 1e9) * seconds;
    const kernel = Number(String(said)) / 1e6;
    expect(kernel).toBeGreaterThan(1.9);
    expect(Math.abs(counted / kernel - 1)).toBeLessThan(0.05);
  },
  patience(30_000),
);
