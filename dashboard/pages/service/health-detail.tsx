import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import { healthTones } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';

/** The problem of the live release, with its last output. Nothing if there is no problem. */
export function HealthDetail({ health }: { readonly health: InstanceHealth }) {
  const { state, detail, lines, lastExit, restarts } = health;
  if (detail === null && lastExit === null) return null;
  const isBad = healthTones[state] === 'bad';
  return (
    <div className={`grid gap-2 border-t px-4 py-3 ${isBad ? 'border-bad/40 bg-bad-soft' : 'border-line'}`}>
      {detail !== null && <p className="font-medium">{detail}</p>}
      {lastExit !== null && (
        <p className="text-small text-soft">
          {`Last exit with code ${lastExit.code} (${lastExit.reason.replaceAll('-', ' ')}), `}
          <Ago at={lastExit.at} />
          {restarts > 0 && `; started again ${restarts === 1 ? 'once' : `${restarts} times`}`}
        </p>
      )}
      {isBad && lines.length > 0 && (
        <pre className="overflow-x-auto rounded-md bg-sunken p-3 font-mono text-small">{lines.join('\n')}</pre>
      )}
    </div>
  );
}
