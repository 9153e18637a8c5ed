import type { Sourced } from './provider.ts';

/** In a command: `--port 3000`, `-p=3000`, `--bind 0.0.0.0:3000`, `PORT=3000`. */
const IN_LINE =
  /(?:^|\s)(?:(?:--port|--server\.port|-p|-P)(?:=|\s+)|(?:--bind|--listen|-b)(?:=|\s+)(?:tcp:\/\/)?[\w.[\]:*]*:|(?:env\s+)?PORT=)["']?(\d{4,5})\b/g;
/**
 * In a source file, where a framework is told its port. A bare `listen(3456)` is left out: it is mostly a port that somebody forgot, and the check
 * at the start names the port and the remedy.
 */
const IN_TEXT = [
  /\bport\s*[:=]\s*(\d{4,5})\b/gi,
  /\b(?:ListenAndServe|Run|Start|Listen|bind)\(\s*["'`][^"'`\n]*:(\d{4,5})["'`]/g,
  /\bbind\(\(?\s*["'][^"'\n]*["']\s*,\s*(\d{4,5})\b/g,
];

/** The port that a command fixes; undefined where it fixes none, or one of several. */
export function portInCommand(line: string, source: string): Sourced<number> | undefined {
  return only([line.slice(0, 4_096)], [IN_LINE], source);
}

/**
 * The port that a source file fixes for its server: an app that reads `PORT`, whatever it falls back on, has none. Undefined where it names none,
 * or one of several.
 */
export function portInSource(text: string, source: string): Sourced<number> | undefined {
  return /\bPORT\b/.test(text) ? undefined : only([text], IN_TEXT, source);
}

function only(texts: readonly string[], patterns: readonly RegExp[], source: string): Sourced<number> | undefined {
  const found = new Set(
    texts.flatMap((text) => patterns.flatMap((each) => [...text.matchAll(each)].map(([, port]) => Number(port)))),
  );
  const [port] = found;
  return found.size === 1 && port !== undefined && port >= 1024 && port < 65_536 ? { value: port, source } : undefined;
}
