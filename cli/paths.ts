import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** Where what must last is kept: `$XDG_CONFIG_HOME/gantry`, `~/.config/gantry` where it is unset. XDG Base Directory Specification 0.8. */
export function configFolder(env: Env): string {
  const base = env.XDG_CONFIG_HOME;
  return join(base !== undefined && isAbsolute(base) ? base : join(homedir(), '.config'), 'gantry');
}
