import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * Keeps a list of processes by id and start time (proc_pid_stat(5), field 22), from its input: `+ <pid>` and `- <pid>`.
 * Once nobody can write to it any more, it kills the listed processes and the sessions that they lead. A signal to this process's group does not end
 * it.
 */
const PROGRAM = `
trap '' INT TERM HUP
kept=
since() {
  stat=
  read -r stat < "/proc/$1/stat"
  set -- \${stat##*) }
  session=$4
  since=\${20}
}
while read -r sign pid; do
  others=
  for each in $kept; do [ "\${each%:*}" = "$pid" ] || others="$others $each"; done
  kept=$others
  since "$pid"
  [ "$sign" != + ] || [ -z "$since" ] || kept="$kept $pid:$since"
done
for each in $kept; do
  leader=\${each%:*}
  since "$leader"
  [ -z "$since" ] || [ "$since" = "\${each#*:}" ] || continue
  kill -KILL "$leader" "-$leader"
  for folder in /proc/[0-9]*; do
    since "\${folder#/proc/}"
    [ "$session" != "$leader" ] || kill -KILL "\${folder#/proc/}"
  done
done`;

let warden: ChildProcessByStdio<Writable, null, null> | undefined;

/** When this process ends in any way, the warden kills the given process and the session that it leads. Does nothing without /proc. */
export function watchOver(pid: number): void {
  warden ??= start();
  warden.stdin.write(`+ ${pid}\n`);
}

/** Forgets an ended process: another process may soon have its id. */
export function letGo(pid: number): void {
  warden?.stdin.write(`- ${pid}\n`);
}

function start(): ChildProcessByStdio<Writable, null, null> {
  const child = spawn('/bin/sh', ['-c', PROGRAM], {
    cwd: '/',
    env: {},
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  // The stream is a pipe, but Node's types do not say so.
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return child;
}
