import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Field, FormError } from '../../../components/field.tsx';
import { useAct } from '../../../data/act.ts';
import { instanceParams, useService } from '../../../data/place.ts';

/** The credential for a git server. Its token never shows again. */
export function Credential() {
  const place = useService();
  const { credential } = place.service;
  const [username, setUsername] = useState('git');
  const [token, setToken] = useState('');
  const refetches = ['services.list'] as const;
  const keep = useAct('services.setCredential', {
    quiet: true,
    done: 'The credential is saved.',
    refetches,
    onDone: () => setToken(''),
  });
  const forget = useAct('services.removeCredential', { done: 'The credential is removed.', refetches });
  const { teamId, projectId, serviceId } = instanceParams(place);
  const params = { teamId, projectId, serviceId };
  return (
    <form
      className="grid gap-3 border-t border-line px-4 py-3 sm:grid-cols-[1fr_1fr_auto] sm:items-end"
      onSubmit={(event) => {
        event.preventDefault();
        keep.mutate({ params, body: { username, token } });
      }}
    >
      <p className="col-span-full flex flex-wrap items-center justify-between gap-3 text-small text-soft">
        {credential === null
          ? 'For a private repository: a user name, and a token that may read it.'
          : `Gantry sends ${credential.username} and a token to ${credential.origin}.`}
        {credential !== null && (
          <Button busy={forget.isPending} onClick={() => forget.mutate({ params })}>
            Forget it
          </Button>
        )}
      </p>
      <Field label="User name" required value={username} onChange={(event) => setUsername(event.target.value)} />
      <Field
        label="Token"
        type="password"
        autoComplete="new-password"
        required
        value={token}
        onChange={(event) => setToken(event.target.value)}
      />
      <Button type="submit" className="h-9" busy={keep.isPending}>
        Keep
      </Button>
      <FormError error={keep.error} />
    </form>
  );
}
