import { packTar, packTree } from '@gantry/client/pack.ts';
import { uploadArchive } from '@gantry/client/upload.ts';
import type { GantryError } from '@gantry/contract/errors.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { sizeText } from '@gantry/contract/sizes.ts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from '../components/toast.tsx';
import type { Chosen } from './chosen.ts';
import { client } from './client.ts';

/** The API's parameters of a service in an environment. */
export interface DeployTarget {
  readonly teamId: string;
  readonly projectId: string;
  readonly environmentId: string;
  readonly serviceId: string;
}

/** Packs and uploads the user's choice, and queues its deployment. Without a choice it deploys the service's repository or image. */
export async function deploy(
  target: DeployTarget,
  chosen: Chosen | undefined,
  tell: (doing: string) => void,
): Promise<Deployment> {
  if (chosen === undefined) return client('deployments.create', { params: target, body: {} });
  tell('Packing …');
  const archive = await packed(chosen, tell);
  tell(`Uploading ${sizeText(archive.size)} …`);
  const uploadId = await uploadArchive(client, target, archive);
  return client('deployments.create', { params: target, body: { uploadId } });
}

async function packed(chosen: Chosen, tell: (doing: string) => void): Promise<Blob> {
  if (chosen.kind === 'archive') return packTar(chosen.file);
  const { archive, secrets } = await packTree(chosen.tree, (files) => tell(`Packing: ${files} files`));
  if (secrets.length > 0) toast.done(`Left out ${secrets.slice(0, 3).join(', ')}: secrets belong into variables.`);
  return archive;
}

/** Deploys the user's choice, and says what it is doing. */
export function useDeploy(onQueued: (deployment: Deployment) => void) {
  const queries = useQueryClient();
  const [doing, setDoing] = useState<string>();
  const mutation = useMutation<Deployment, GantryError, { target: DeployTarget; chosen?: Chosen | undefined }>({
    mutationFn: ({ target, chosen }) => deploy(target, chosen, setDoing),
    onSuccess: async (deployment) => {
      await queries.invalidateQueries({ queryKey: ['deployments.list'] });
      onQueued(deployment);
    },
    onSettled: () => setDoing(undefined),
  });
  return { ...mutation, doing };
}
