import type { Sourced } from './provider.ts';

/** In a command: `--port 3000`, `-p=3000`, `--bind 0.0.0.0:3000`, `PORT=3000`. */
const IN_LINE =
  /(?:^|\s)(?:(?:--port|--server\.port|-p|-P)(?:=|\s+)|(?:--bind|--listen|-b)(?:=|\s+)(?:tcp:\/\/)?[\w.[\]:*]*:|(?:env\s+)?PORT=)["']?(\d{4,5})\b/g;
/**
 * Patterns of a port in a source file, where the app passes it to its framework. A bare `listen(3456)` does not count:
 * usually somebody forgot the port, and the check at the start names the port and the remedy.
 */
const IN_TEXT = [
  /\bport\s*[:=]\s*(\d{4,5})\b/gi,
  /\b(?:ListenAndServe|Run|Start|Listen|bind)\(\s*["'`][^"'`\n]*:(\d{4,5})["'`]/g,
  /\bbind\(\(?\s*["'][^"'\n]*["']\s*,\s*(\d{4,5})\b/g,
];

/** The port that a command fixes; undefined if it fixes none, or several. */
export function portInCommand(line: string, source: string): Sourced<number> | undefined {
  return only([line.slice(0, 4_096)], [IN_LINE], source);
}

/**
 * The port that a source file fixes for its server. An app that reads `PORT` fixes none, whatever its default.
 * Undefined if the file names no port, or several.
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
