import { createMask } from '@gantry/wiring/mask.ts';
import { KEPT_LINE } from './lines.ts';

export interface OutputLimits {
  /** The limit of one line, in characters. */
  readonly line: number;
  /** The limits of all lines together. */
  readonly lines: number;
  readonly characters: number;
}

export const OUTPUT_LIMITS: OutputLimits = { line: 32 * 1024, lines: 200_000, characters: 8 * 1024 * 1024 };

/** The output of a build: masked and bounded. */
export interface Output {
  /** Masks these values from now on. */
  seal(values: readonly string[]): void;
  /** A text as people may see it: masked, and cut to the limit of a line. */
  show(text: string): string;
  /** Prints a line. After the limits it prints one last line that says so, and nothing more. */
  print(line: string): void;
  /** Prints the last line of the build, even beyond the limits. */
  conclude(line: string): void;
}

/** Passes each line to `write`, without its line end. */
export function createOutput(write: (line: string) => void, limits = OUTPUT_LIMITS): Output {
  let mask = createMask([]);
  let [lines, characters, full] = [0, 0, false];

  /** Drops the end of a text that was cut earlier, because the end may hold the beginning of a secret value. */
  function show(text: string): string {
    const masked = mask(text.slice(0, KEPT_LINE));
    const whole = text.length < KEPT_LINE;
    const safe = whole ? masked : masked.slice(0, Math.max(0, masked.length - mask.longest));
    if (whole && safe.length <= limits.line) return safe;
    return `${safe.slice(0, limits.line)} … (the line is cut: it has more than ${Math.floor(limits.line / 1024)} KB)`;
  }

  return {
    seal(values) {
      mask = createMask(values);
    },
    show,
    print(line) {
      if (full) return;
      const shown = show(line);
      lines += 1;
      characters += shown.length + 1;
      full = lines > limits.lines || characters > limits.characters;
      write(
        full ? 'The log ends here: the output has too many lines, or they are too long. The build continues.' : shown,
      );
    },
    conclude: (line) => write(show(line)),
  };
}
