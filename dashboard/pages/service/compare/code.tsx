import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { ExternalLink } from 'lucide-react';
import { Card } from '../../../components/card.tsx';
import { Ago } from '../../../components/time.tsx';
import { between, commitsUrl } from '../../../data/compare.ts';
import { originText, sourceText } from '../../../data/deployments.ts';

interface CodeProps {
  readonly from: Deployment;
  readonly to: Deployment;
  readonly all: readonly Deployment[];
}

/** The commits between two deployments, and whether both have the same image. */
export function Code({ from, to, all }: CodeProps) {
  const range = between(all, from, to);
  const url = commitsUrl(from, to);
  const isSame = from.imageDigest !== null && from.imageDigest === to.imageDigest;
  return (
    <Card
      title="Code"
      actions={
        url !== undefined && (
          <a
            href={url}
            target="_blank"
            rel="noreferrer"
            className="inline-flex items-center gap-1.5 text-small text-accent hover:underline"
          >
            All commits on GitHub
            <ExternalLink aria-hidden="true" size={13} />
          </a>
        )
      }
    >
      <p className="px-4 pt-3 text-soft">
        {isSame
          ? 'Both run the same image.'
          : from.id < to.id
            ? 'Deployed after the first, up to the second:'
            : 'Deployed after the second, up to the first:'}
      </p>
      <ol className="divide-y divide-line px-4 pb-1">
        {range.map((deployment) => (
          <li key={deployment.id} className="flex flex-wrap items-baseline justify-between gap-x-4 py-2">
            <span className="min-w-0">
              <span className="font-medium break-words">{sourceText(deployment)}</span>{' '}
              <span className="text-small text-soft">{originText(deployment)}</span>
            </span>
            <span className="text-small text-soft">
              <code className="font-mono">{shortId(deployment.id)}</code> · <Ago at={deployment.createdAt} />
            </span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
