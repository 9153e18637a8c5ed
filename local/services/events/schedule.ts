import type { Kernel } from '../../kernel/kernel.ts';
import type { FunctionInvoker } from '../../kernel/ports.ts';
import { newEvent } from './put.ts';

/** A rule that a clock triggers, and the functions that it calls. */
export interface ScheduledRule {
  readonly arn: string;
  readonly periodMs: number;
  readonly functionArns: readonly string[];
}

export interface RunningSchedule {
  /** Ends the schedule; its running calls continue. */
  stop(): void;
}

const MINUTE_MS = 60_000;
/** How long after a whole minute calls begin. */
const AFTER_MS = 1_000;

const UNITS: Readonly<Record<string, number>> = { minute: MINUTE_MS, hour: 3_600_000, day: 86_400_000 };

/** The period of `rate(5 minutes)` in milliseconds. Throws an Error for an invalid one, and for `cron(…)`, which is not emulated. */
export function periodOf(expression: string): number {
  const [, amount = '', unit = '', plural = ''] = /^rate\((\d{1,5}) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const valid = Number(amount) > 0 && (plural === 's') === Number(amount) > 1;
  if (!valid) throw new Error(`local cloud: ScheduleExpression ${expression} is not rate(<n> minutes, hours or days)`);
  return Number(amount) * (UNITS[unit] ?? 0);
}

/**
 * Calls the rule's functions after each period. AWS counts periods from the creation of the rule. Here each period
 * begins shortly after a whole minute, so that measurements of a minute are read as soon as the minute is over. A call
 * is skipped while one is running, and not made up. A failed call is not repeated: the template must also say so, by an
 * EventInvokeConfig without retries.
 */
export function startSchedule(
  { note }: Pick<Kernel, 'note'>,
  functions: FunctionInvoker,
  { arn, periodMs, functionArns }: ScheduledRule,
): RunningSchedule {
  const busy = new Set<string>();
  const call = async (functionArn: string): Promise<void> => {
    if (busy.has(functionArn)) return;
    busy.add(functionArn);
    try {
      const event = newEvent('aws.events', 'Scheduled Event', {}, { Resources: [arn] });
      const invoker = { kind: 'service', name: 'events.amazonaws.com', sourceArn: arn } as const;
      const answer = await functions.invoke(functionArn, event, invoker);
      if (!answer.ok) note(`${arn}: ${functionArn} failed: ${answer.errorType}: ${answer.errorMessage}`);
    } catch (error) {
      note(`${arn}: ${functionArn} was not called: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      busy.delete(functionArn);
    }
  };
  let timer: NodeJS.Timeout;
  const wait = () => {
    const now = Date.now();
    const next = Math.floor((now + periodMs) / MINUTE_MS) * MINUTE_MS + AFTER_MS;
    timer = setTimeout(() => {
      wait();
      for (const functionArn of functionArns) void call(functionArn);
    }, next - now).unref();
  };
  wait();
  return { stop: () => clearTimeout(timer) };
}
