import type { AnalysisCheck, Analysis as Found } from '@gantry/contract/schemas/analysis.ts';
import { Card } from '../../components/card.tsx';
import { Ago } from '../../components/time.tsx';

const verdicts = {
  good: { text: 'Good', colour: 'text-good' },
  bad: { text: 'Bad', colour: 'text-bad' },
  unclear: { text: 'Not enough traffic yet', colour: 'text-soft' },
};

/** The verdict on a release by its traffic at the last look: each test, with its numbers. */
export function Analysis({ analysis }: { readonly analysis: Found }) {
  const { verdict, weight, minutes, lookedAt, checks } = analysis;
  return (
    <Card title="Analysis" edge={verdict === 'bad' ? 'bad' : 'plain'}>
      <p className="px-4 py-3">
        <span className={verdicts[verdict].colour}>{verdicts[verdict].text}</span>
        <span className="text-soft">
          {` with ${weight} % of the traffic, by ${minutes} whole ${minutes === 1 ? 'minute' : 'minutes'}, `}
          <Ago at={lookedAt} />
        </span>
      </p>
      <table className="w-full text-left">
        <thead className="text-small text-soft max-sm:sr-only">
          <tr>
            <th className="px-4 py-2 font-normal">Test</th>
            <th className="py-2 pr-4 font-normal">This release</th>
            <th className="py-2 pr-4 font-normal">Compared with</th>
            <th className="py-2 pr-4 font-normal">Evidence</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line border-t border-line">
          {checks.map((check) => (
            <Row key={`${check.metric} ${check.against}`} check={check} />
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function Row({ check }: { readonly check: AnalysisCheck }) {
  const { metric, against, verdict, release, stable, limitPercent, slowAfterMs, evidence, needed } = check;
  const name = metric === 'errors' ? 'Failed requests' : `Slower than ${Math.round(slowAfterMs ?? 0)} ms`;
  return (
    <tr className="max-sm:grid max-sm:px-4 max-sm:py-2">
      <th scope="row" className="px-4 py-2 font-normal text-soft max-sm:p-0">
        {name}
      </th>
      <td className="py-2 pr-4 max-sm:p-0">{shareText(release)}</td>
      <td className="py-2 pr-4 text-soft max-sm:p-0">
        {against === 'stable' && stable !== null ? shareText(stable) : `a limit of ${limitPercent} %`}
      </td>
      <td className="py-2 pr-4 max-sm:p-0">
        <Evidence share={evidence / needed} isBad={verdict === 'bad'} />
      </td>
    </tr>
  );
}

/** How far the evidence has come to a verdict against the release: at the right end the release is bad. */
function Evidence({ share, isBad }: { readonly share: number; readonly isBad: boolean }) {
  const percent = Math.round(100 * Math.min(1, Math.max(0, share)));
  return (
    <span className="flex items-center gap-2">
      <span aria-hidden="true" className="h-1.5 w-20 overflow-hidden rounded-full bg-sunken">
        <span className={`block h-full ${isBad ? 'bg-bad' : 'bg-busy'}`} style={{ width: `${percent}%` }} />
      </span>
      <span className="text-small text-soft">{`${percent} %`}</span>
    </span>
  );
}

function shareText({ requests, bad }: AnalysisCheck['release']): string {
  return `${((100 * bad) / Math.max(1, requests)).toFixed(1)} % of ${requests}`;
}
