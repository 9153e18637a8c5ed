import type { AnalysisCheck } from '@gantry/contract/schemas/analysis.ts';

/** The result of a check, as a sentence for people. */
export function sentenceOf({ metric, against, release, stable, limitPercent, slowAfterMs }: AnalysisCheck): string {
  const verb = metric === 'errors' ? 'failed' : `took longer than ${Math.round(slowAfterMs ?? 0)} ms`;
  const seen = `${percent(release)} of its ${release.requests} requests ${verb}`;
  if (against === 'stable' && stable !== null)
    return `${seen}, against ${percent(stable)} of ${stable.requests} requests to the live release.`;
  return `${seen}; the limit is ${limitPercent} %.`;
}

function percent({ requests, bad }: { readonly requests: number; readonly bad: number }): string {
  return `${((100 * bad) / Math.max(1, requests)).toFixed(1)} %`;
}
