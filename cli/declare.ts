import type { Interrupts } from './interrupts.ts';
import type { Output } from './output.ts';
import type { Prompts } from './prompts.ts';

/** A positional argument. */
export interface Argument {
  readonly summary: string;
  readonly optional?: true;
  /** It takes all remaining words. */
  readonly many?: true;
}

/** A flag; its key is the name in camelCase. */
export interface Flag {
  readonly summary: string;
  readonly short?: string;
  /** The placeholder of its value in the help, `minutes`; a flag without one is on or off. */
  readonly value?: string;
  /** The value may be omitted, and is then `true`. */
  readonly valueOptional?: true;
  readonly many?: true;
  readonly choices?: readonly string[];
  /** The request field of the flag, `body.scaling.minReplicas`: an error about the field names the flag. */
  readonly field?: string;
}

export type Arguments = Readonly<Record<string, Argument>>;
export type Flags = Readonly<Record<string, Flag>>;

type ArgumentValues<A extends Arguments> = {
  readonly [K in keyof A]: A[K] extends { readonly many: true }
    ? readonly string[]
    : A[K] extends { readonly optional: true }
      ? string | undefined
      : string;
};

export type FlagValues<F extends Flags> = {
  readonly [K in keyof F]: F[K] extends { readonly many: true }
    ? readonly string[] | undefined
    : F[K] extends { readonly valueOptional: true }
      ? string | true | undefined
      : F[K] extends { readonly choices: readonly (infer C)[] }
        ? C | undefined
        : F[K] extends { readonly value: string }
          ? string | undefined
          : true | undefined;
};

/** Where and how a command runs, for any verb. */
export interface Surroundings {
  readonly out: Output;
  readonly prompts: Prompts;
  readonly interrupts: Interrupts;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's present folder. */
  readonly folder: string;
  /** `--api`. */
  readonly api: string | undefined;
  /** Every command, for completion. */
  readonly commands: () => Promise<readonly Listed[]>;
}

interface Context<A extends Arguments = Arguments, F extends Flags = Flags> extends Surroundings {
  readonly args: ArgumentValues<A>;
  readonly flags: FlagValues<F>;
}

/** One verb: its declaration and its function. */
export interface Verb<A extends Arguments = Arguments, F extends Flags = Flags> {
  /** For a verb in a group. A verb outside of groups has it in the table, so that `--help` loads none of them. */
  readonly summary?: string;
  /** More text than the summary has room for. */
  readonly details?: string;
  readonly args?: A;
  readonly flags?: F;
  /** Command lines as typed, without `gantry`. */
  readonly examples: readonly string[];
  run(context: Context<A, F>): Promise<void>;
}

/** A verb's declaration, without its function. */
export type Declaration = Omit<Verb, 'run'>;

/** The description of one word after `gantry`. */
export type Declared = Declaration | { readonly verbs: Readonly<Record<string, Declaration>> };

/** One command in full, for completion and documentation. */
export interface Listed {
  /** `['token', 'create']`. */
  readonly words: readonly string[];
  readonly summary: string;
  /** Absent for a group. */
  readonly verb?: Verb;
}

/** Verbs on one kind of thing: `gantry token create`. */
export interface Group {
  readonly verbs: Readonly<Record<string, Verb>>;
}

/** Declares a verb; its values have the types of its arguments and flags. */
export function verb<const A extends Arguments = Record<never, never>, const F extends Flags = Record<never, never>>(
  declared: Verb<A, F>,
): Verb {
  return declared;
}

/** The flags of every verb. */
export const everywhere = {
  json: { summary: 'print the result as JSON on stdout' },
  api: { summary: 'the address of Gantry; default GANTRY_API, or that of your last sign-in', value: 'address' },
} satisfies Flags;

/** A key as typed: `noBrowser` → `--no-browser`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
