import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** The folder of lasting files: `$XDG_CONFIG_HOME/gantry`, or `~/.config/gantry` when it is unset. XDG Base Directory Specification 0.8. */
export function configFolder(env: Env): string {
  const base = env.XDG_CONFIG_HOME;
  return join(base !== undefined && isAbsolute(base) ? base : join(homedir(), '.config'), 'gantry');
}
