import { spawn } from 'node:child_process';
import { letGo, watchOver } from '../warden.ts';

/** Its own process with three children, one of them detached. Prints their ids; tests kill it. */
const leader = spawn('/bin/sh', ['-c', 'sleep 600 & exec sleep 600'], { detached: true, stdio: 'ignore' });
const follower = spawn('sleep', ['600'], { stdio: 'ignore' });
const free = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
for (const { pid = 0 } of [leader, follower, free]) watchOver(pid);
letGo(free.pid ?? 0);
process.stdout.write(`${JSON.stringify({ leader: leader.pid, follower: follower.pid, free: free.pid })}\n`);
