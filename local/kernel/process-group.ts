/** Signals a process group. One that is gone is no error: the end of it is what a signal is sent for. */
export function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // It is gone.
  }
}
