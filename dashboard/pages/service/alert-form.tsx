import { type AlertMetric, alertMetricTexts, alertRuleText } from '@gantry/contract/alert-rules.ts';
import type { GantryError } from '@gantry/contract/errors.ts';
import type { Alert } from '@gantry/contract/schemas/alerts.ts';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Field, FormError } from '../../components/field.tsx';
import { Select } from '../../components/select.tsx';

interface Rule {
  readonly name: string;
  readonly metric: AlertMetric;
  readonly threshold: number;
  readonly windowMinutes: number;
  readonly calmMinutes: number;
  readonly missingData: Alert['missingData'];
  /** Of an alert on uptime. */
  readonly check?: { readonly url: string; readonly status: number; readonly text?: string };
}

interface AlertFormProps {
  /** The alert that is changed; absent for a new one. */
  readonly alert?: Alert;
  readonly action: string;
  readonly busy: boolean;
  readonly error: GantryError | null;
  readonly onSend: (rule: Rule) => void;
}

const METRICS = Object.entries(alertMetricTexts).map(([metric, { name }]) => [metric, name] as const);
const MINUTES = [1, 2, 5, 10, 15, 30, 60].map(
  (minutes) => [String(minutes), minutes === 1 ? 'One minute' : `${minutes} minutes`] as const,
);
const MISSING = [
  ['ok', 'All is well'],
  ['keep', 'Nothing changes'],
  ['firing', 'The alert fires'],
] as const;

/** The rule of an alert. */
export function AlertForm({ alert, action, busy, error, onSend }: AlertFormProps) {
  const [name, setName] = useState(alert?.name ?? '');
  const [metric, setMetric] = useState<AlertMetric>(alert?.metric ?? 'error-rate');
  const [threshold, setThreshold] = useState(String(alert?.threshold ?? 5));
  const [window, setWindow] = useState(String(alert?.windowMinutes ?? 5));
  const [calm, setCalm] = useState(String(alert?.calmMinutes ?? 5));
  const [missing, setMissing] = useState<Alert['missingData']>(alert?.missingData ?? 'ok');
  const [url, setUrl] = useState(alert?.check?.url ?? '');
  const [status, setStatus] = useState(String(alert?.check?.status ?? 200));
  const [text, setText] = useState(alert?.check?.text ?? '');
  const check = { url: url.trim(), status: Number(status), ...(text !== '' && { text }) };
  const rule = { metric, threshold: Number(threshold), windowMinutes: Number(window) };
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        onSend({
          ...{ name: name.trim(), ...rule, calmMinutes: Number(calm), missingData: missing },
          ...(metric === 'uptime' && { check }),
        });
      }}
    >
      <Field
        label="Name"
        required
        maxLength={80}
        placeholder="Too many errors"
        value={name}
        onChange={(event) => setName(event.target.value)}
        hint="Notifications begin with it."
        error={error}
        field="body.name"
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Select
          label="Watches"
          value={metric}
          disabled={alert !== undefined}
          onChange={(value) => {
            setMetric(value as AlertMetric);
            if (value === 'uptime') setThreshold('0');
          }}
          options={METRICS}
        />
        <Field
          label={`Fires above, in ${alertMetricTexts[metric].unit}`}
          type="number"
          required
          min={0}
          step="any"
          value={threshold}
          onChange={(event) => setThreshold(event.target.value)}
          error={error}
          field="body.threshold"
        />
        <Select label="Over" value={window} onChange={setWindow} options={MINUTES} />
        <Select label="Resolves when calm for" value={calm} onChange={setCalm} options={MINUTES} />
      </div>
      {metric === 'uptime' && (
        <div className="grid gap-4 sm:grid-cols-2">
          <Field
            label="Address to check"
            className="sm:col-span-2"
            type="url"
            required
            placeholder="https://shop.example.com/"
            value={url}
            onChange={(event) => setUrl(event.target.value)}
            hint="Gantry requests it once a minute, from outside of the cluster. The check also fails 14 days before the certificate expires."
            error={error}
            field="body.check.url"
          />
          <Field
            label="Expected status"
            type="number"
            required
            min={100}
            max={599}
            value={status}
            onChange={(event) => setStatus(event.target.value)}
            error={error}
            field="body.check.status"
          />
          <Field
            label="Expected text"
            maxLength={200}
            placeholder="any"
            value={text}
            onChange={(event) => setText(event.target.value)}
            error={error}
            field="body.check.text"
          />
        </div>
      )}
      <Select
        label="Without data"
        value={missing}
        onChange={(value) => setMissing(value as Alert['missingData'])}
        options={MISSING}
      />
      <p className="text-small text-soft">{alertRuleText(rule)}.</p>
      <FormError
        error={error}
        fields={['body.name', 'body.threshold', 'body.check.url', 'body.check.status', 'body.check.text']}
      />
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={busy}>
          {action}
        </Button>
      </div>
    </form>
  );
}
