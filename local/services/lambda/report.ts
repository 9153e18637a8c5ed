import type { LogFormat } from './protocol.ts';

export interface Report {
  readonly requestId: string;
  readonly durationMs: number;
  readonly billedMs: number;
  readonly memoryMb: number;
  readonly peakMb: number;
  readonly initMs: number | undefined;
  readonly status: 'success' | 'error' | 'timeout';
  readonly errorType: string | undefined;
}

/** The first line of an invocation in the log. */
export function startLine(format: LogFormat, requestId: string): string {
  if (format === 'Text') return `START RequestId: ${requestId} Version: $LATEST`;
  return platform('platform.start', { requestId, version: '$LATEST' });
}

/** The line of a worker that did not load the function in time. */
export function initTimeoutLine(format: LogFormat, ms: number): string {
  if (format === 'Text') return `INIT_REPORT Init Duration: ${ms.toFixed(2)} ms\tPhase: init\tStatus: timeout`;
  const phase = { initializationType: 'on-demand', phase: 'init', status: 'timeout' };
  return platform('platform.initReport', { ...phase, metrics: { durationMs: rounded(ms) } });
}

/**
 * The last lines of an invocation in the log, as Lambda's platform writes them: END and REPORT, or `platform.report` for a function with JSON logs
 * (AWS, "Lambda telemetry event schema").
 */
export function endLines(format: LogFormat, report: Report): readonly string[] {
  const { requestId, durationMs, billedMs, memoryMb, peakMb, initMs, status, errorType } = report;
  if (format === 'JSON') {
    const metrics = {
      durationMs: rounded(durationMs),
      billedDurationMs: billedMs,
      memorySizeMB: memoryMb,
      maxMemoryUsedMB: peakMb,
      ...(initMs === undefined ? {} : { initDurationMs: rounded(initMs) }),
    };
    return [
      platform('platform.report', { requestId, status, ...(errorType === undefined ? {} : { errorType }), metrics }),
    ];
  }
  const parts = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${billedMs} ms`,
    `Memory Size: ${memoryMb} MB`,
    `Max Memory Used: ${peakMb} MB`,
    ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
    ...(status === 'success' ? [] : [`Status: ${status}`]),
    ...(status !== 'error' || errorType === undefined ? [] : [`Error Type: ${errorType}`]),
  ];
  return [`END RequestId: ${requestId}`, parts.join('\t')];
}

function platform(type: string, record: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ time: new Date().toISOString(), type, record });
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
