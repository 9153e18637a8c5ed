import type { Target } from '@gantry/local/example/deploy.ts';
import type { Bed } from './bed.ts';
import type { Operator } from './state.ts';

/** Where a scenario takes place: an environment of a project of its own. */
export interface Place {
  readonly target: Omit<Target, 'serviceId'>;
}

/** The end of a scenario. */
export interface End {
  readonly status: string;
}

/** A request to the platform that must end cleanly, with any fault in between. */
export interface Scenario<P, E> {
  /** For `--only`. */
  readonly name: string;
  /** The writes after which the platform is killed, by parts of their names; default: every write. */
  readonly kills?: readonly string[];
  /** The preparation; its result is passed to `ask`. */
  before(bed: Bed, place: P): Promise<string>;
  /** The request. A client without an answer asks again, with the same key. */
  ask(bed: Bed, place: P, given: string, key: string): Promise<unknown>;
  /** The expected end state; undefined until the scenario has ended. */
  rest(bed: Bed, place: P): Promise<E | undefined>;
}

/** A step with a fault, and the end that its scenario must still have. */
export interface StepFault<P, E> {
  readonly step: string;
  readonly fault: 'fails once' | 'fails always' | 'is refused' | 'loses its answer once' | 'runs twice';
  readonly scenario: Scenario<P, E>;
  readonly status: string;
}

/** What scenarios of one kind share: their preparation, the checks of their ends, the functions that must write. */
export interface Ground<P extends Place, E extends End> {
  /** `--only <name>:` chooses all of it. */
  readonly name: string;
  readonly scenarios: readonly Scenario<P, E>[];
  readonly stepFaults: readonly StepFault<P, E>[];
  /** The part before a step's name in the name of its function. */
  readonly functions: string;
  /** The ends of the writers' names of which a recording must hold a write. */
  readonly writers: readonly string[];
  /** Makes a new project with the data that the scenarios need. */
  lay(bed: Bed, slug: string): Promise<P>;
  /** The problems at the end of a scenario. */
  problems(bed: Bed, operator: Operator, place: P, end: E): Promise<string[]>;
}

/** A scenario by its name. Throws for an unknown one. */
export function named<P, E>(scenarios: readonly Scenario<P, E>[], name: string): Scenario<P, E> {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`there is no scenario ${name}`);
  return found;
}
