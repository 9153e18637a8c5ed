/**
 * Whether a push that touches `paths` concerns a service that watches `patterns`. `*` stands for any characters, `/` too; a pattern without one is
 * a file, or a folder with all that is in it. Without patterns every push does, and so does one of which it is not known what it touches.
 */
export function concerns(patterns: readonly string[], paths: readonly string[] | null): boolean {
  if (patterns.length === 0 || paths === null) return true;
  const matchers = patterns.map(matcher);
  return paths.some((path) => matchers.some((matches) => matches(path)));
}

function matcher(pattern: string): (path: string) => boolean {
  const plain = pattern.replace(/\/$/, '');
  if (!pattern.includes('*')) return (path) => path === plain || path.startsWith(`${plain}/`);
  const [first = '', ...rest] = pattern.split(/\*+/);
  const last = rest.pop() ?? '';
  return (path) => {
    if (!path.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = path.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return path.length - last.length >= at && path.endsWith(last);
  };
}
