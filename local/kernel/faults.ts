import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Principal } from './iam.ts';
import type { Invocation } from './ports.ts';
import { AwsError } from './service.ts';

/** Ends this process right after a write, as a power cut would. */
export interface Kill {
  /** The number of the write, 1 for the next. */
  readonly after: number;
  /** Counts only writes whose name holds this text. */
  readonly named?: string;
}

/**
 * A fault of a function's invocations. `fail` ends one with error `Unavailable` before it starts, `refuse` with error `Conflict`, which no repeat
 * mends; `crash` loses the answer of a finished one, `repeat` runs one twice in a row, and `throttle` refuses one like an account without free
 * concurrency.
 */
export interface FunctionFault {
  /** The end of the function's name, without CloudFormation's suffix: `Rollout`. */
  readonly function: string;
  readonly mode: 'fail' | 'refuse' | 'crash' | 'repeat' | 'throttle';
  /** The number of invocations with the fault; default: all. */
  readonly times?: number;
  /** Only invocations whose event holds this text. */
  readonly containing?: string;
}

/** Holds writes before they are carried out, until the next plan. */
export interface Hold {
  /** Holds writes whose name holds this text. */
  readonly named: string;
  /** How many wait at a time; further ones pass. */
  readonly most: number;
}

export interface FaultPlan {
  readonly kill?: Kill;
  readonly hold?: Hold;
  readonly functions?: readonly FunctionFault[];
  /** The number of next requests that the table refuses as busy. */
  readonly busyTable?: number;
}

interface FaultReport {
  /** Writes since the last plan, in order: `TransactWriteItems by gantry-local-workflows-Rollout`. The first ten thousand. */
  readonly writes: readonly string[];
  /** The number of invocations with each fault of the plan. */
  readonly befallen: readonly number[];
  /** The number of writes that the plan holds, each once, however often its client repeats it. */
  readonly held: number;
}

/** Planned faults: they hold, kill, fail and repeat, to show that the product survives them. Nothing happens before a plan. */
export interface Faults {
  /** Replaces the plan and forgets the writes so far. */
  plan(plan: FaultPlan): void;
  report(): FaultReport;
  /**
   * Waits when the plan holds a write before it is carried out. Throws when the client hung up meanwhile: then only a repeat of the same `request`
   * takes its place.
   */
  before(operation: string, by: Principal | string, connection: Duplex, request: string): Promise<void>;
  /** Called for a write of the product that was carried out and is not answered yet. Reads and the operator's writes are ignored. */
  wrote(operation: string, by: Principal | string): void;
  /** Whether the plan makes the table refuse this request. */
  isTableBusy(): boolean;
  /** Runs an invocation, or the planned fault instead. */
  invoke(functionName: string, event: unknown, run: () => Promise<Invocation>): Promise<Invocation>;
}

/** Lambda's answer without free concurrency. */
export const THROTTLED = 'TooManyRequestsException';

const KEPT = 10_000;
const READS =
  /^(get |list |watch |Get|List|Describe|BatchGet|BatchCheck|Head|Query|Scan|Filter|Poll|Receive|GET |HEAD )/;
/** The suffixes of CDK, CloudFormation and CodeBuild that make a name unique. */
const UNIQUE = /([0-9A-F]{8})?-[0-9A-F]{12}$|-[0-9a-f]{8}-[0-9a-f-]{27}$|-dpl_[0-9A-Z]{26}$/;

/** The file in the data folder with the report of a process that a plan killed. */
export const KILLED = 'killed.json';

export function createFaults(dataDir: string): Faults {
  let plan: FaultPlan = {};
  let writes: string[] = [];
  let befallen: number[] = [];
  let counted = 0;
  let refusals = 0;
  const places = new Set<string>();
  let next = Promise.withResolvers<void>();

  const faultOf = (functionName: string, event: unknown): FunctionFault['mode'] | undefined => {
    const name = functionName.replace(UNIQUE, '');
    const index = (plan.functions ?? []).findIndex(
      (fault, at) =>
        (name === fault.function || name.endsWith(`-${fault.function}`)) &&
        (befallen[at] ?? 0) < (fault.times ?? Number.POSITIVE_INFINITY) &&
        (fault.containing === undefined || JSON.stringify(event).includes(fault.containing)),
    );
    if (index >= 0) befallen[index] = (befallen[index] ?? 0) + 1;
    return plan.functions?.[index]?.mode;
  };

  return {
    plan(made) {
      plan = made;
      writes = [];
      befallen = (made.functions ?? []).map(() => 0);
      counted = 0;
      refusals = made.busyTable ?? 0;
      places.clear();
      next.resolve();
      next = Promise.withResolvers();
    },
    report: () => ({ writes, befallen, held: places.size }),
    async before(operation, by, connection, request) {
      const { hold } = plan;
      const name = nameOf(operation, by);
      if (hold === undefined || name === undefined || !name.includes(hold.named)) return;
      if (places.size >= hold.most && !places.has(request)) return;
      places.add(request);
      const gone = Promise.withResolvers<'gone'>();
      const hangUp = () => gone.resolve('gone');
      connection.once('close', hangUp);
      const outcome = await Promise.race([next.promise, gone.promise]);
      connection.off('close', hangUp);
      if (outcome === 'gone') throw new AwsError('RequestAbortedException', 'The client has hung up.', 400);
    },
    wrote(operation, by) {
      const name = nameOf(operation, by);
      if (name === undefined) return;
      if (writes.length < KEPT) writes.push(name);
      const { kill } = plan;
      if (kill === undefined || !name.includes(kill.named ?? '')) return;
      counted += 1;
      if (counted !== kill.after) return;
      writeFileSync(join(dataDir, KILLED), JSON.stringify({ writes, befallen, held: places.size }));
      process.kill(process.pid, 'SIGKILL');
    },
    isTableBusy: () => refusals > 0 && refusals-- > 0,
    async invoke(functionName, event, run) {
      switch (faultOf(functionName, event)) {
        case undefined:
          return run();
        case 'fail':
          return failed('Unavailable');
        case 'refuse':
          return failed('Conflict');
        case 'throttle':
          throw new AwsError(THROTTLED, 'Rate Exceeded.', 429);
        case 'crash':
          await run();
          throw new AwsError('ServiceException', 'The answer was lost: this fault was asked for.', 500);
        case 'repeat':
          await run();
          return run();
      }
    },
  };
}

function failed(errorType: string): Invocation {
  return { ok: false, errorType, errorMessage: 'This fault was asked for.', logTail: '' };
}

/** The name of a write; undefined for a read, and for a write that is not the product's. */
function nameOf(operation: string, by: Principal | string): string | undefined {
  const writer = writerOf(by);
  return writer === undefined || READS.test(operation) ? undefined : `${operation} by ${writer}`;
}

/** The writer, by a name that is the same in each data folder; undefined for the operator, who is not the product. */
function writerOf(by: Principal | string): string | undefined {
  if (typeof by === 'string')
    return by === 'kubernetes-admin' ? undefined : by.slice(by.lastIndexOf('/') + 1).replace(UNIQUE, '');
  switch (by.kind) {
    case 'operator':
      return undefined;
    case 'service':
      return by.name;
    case 'role':
      return by.session.replace(UNIQUE, '');
  }
}
