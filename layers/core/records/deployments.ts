import { deploymentStatuses, serviceKinds } from '@gantry/contract/enums.ts';
import type { Analysis } from '@gantry/contract/schemas/analysis.ts';
import type { DeploymentSource, Reason, Step } from '@gantry/contract/schemas/deployments.ts';
import type { BuildReport } from '@gantry/wiring/build.ts';
import { CustomAttributeType, type EntityItem } from 'electrodb';
import { Entity } from '../kernel/entity.ts';
import { keys, table } from '../kernel/table.ts';

/** There is one Gateway now, and so one list of instances. */
export const SHARD = 0;

/** A share of the traffic, in percent, and when the release got it. */
export interface Share {
  readonly weight: number;
  readonly at: string;
}

export const DeploymentEntity = new Entity(
  {
    model: { entity: 'deployment', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      projectId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      /** The generation of the instance when the deployment was queued, last redriven or cancelled. */
      generation: { type: 'number', required: true },
      /** The source to build, or the release to return to. */
      source: { type: CustomAttributeType<DeploymentSource>('any'), required: true },
      /** Set for a pushed commit, which must still be the branch's newest at the fetch. */
      pushed: { type: 'boolean' },
      /** Whether the commit's archive was fetched. */
      fetched: { type: 'boolean' },
      /** The SHA-256 of the archive, in hexadecimal digits: the build accepts no other archive. */
      archiveDigest: { type: 'string' },
      status: { type: deploymentStatuses, required: true },
      /** 1, plus one for each redrive. */
      run: { type: 'number', required: true },
      /** Its release's share of the traffic, in percent. */
      weight: { type: 'number', required: true },
      /** How long this run had to bake with a part of the traffic. */
      bakedSeconds: { type: 'number', required: true },
      /** The shares of traffic that this run has given to its release, in order. */
      shares: { type: CustomAttributeType<readonly Share[]>('any') },
      /** The verdict by the traffic at the last look. */
      analysis: { type: CustomAttributeType<Analysis>('any') },
      /** Since when its release keeps the share that it has. */
      pausedAt: { type: 'string' },
      /** Somebody wants its next share as soon as it has this many. */
      advancedFrom: { type: 'number' },
      /** The deployment of another environment whose image it releases. */
      promotedFrom: { type: 'string' },
      steps: { type: CustomAttributeType<readonly Step[]>('any'), required: true },
      reason: { type: CustomAttributeType<Reason>('any') },
      /** Why step `verify` is still waiting. */
      waitsFor: { type: 'string' },
      releaseId: { type: 'string' },
      /** The repositories that the build pushes to. */
      repositoryUri: { type: 'string' },
      imageDigest: { type: 'string' },
      /** The build's report of how it made the image. */
      report: { type: CustomAttributeType<BuildReport>('any') },
      url: { type: 'string' },
      /** Whether its release command succeeded on copies of the databases. */
      rehearsed: { type: 'boolean' },
      /** The last moment before it could write to databases. */
      dataAt: { type: 'string' },
      /** The trace of the request that first queued the deployment. */
      traceId: { type: 'string', required: true },
      /** Absent for a deployment by a push. */
      createdBy: { type: 'string' },
      createdAt: { type: 'string', required: true },
      /** When its newest run was queued. */
      queuedAt: { type: 'string', required: true },
      finishedAt: { type: 'string' },
      /** For a skipped push: seconds since 1970. */
      ttl: { type: 'number' },
      version: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['id'], template: 'deployment#${id}' },
      },
      byInstance: {
        index: keys.gsi1.index,
        pk: {
          ...keys.gsi1.pk,
          composite: ['serviceId', 'environmentId'],
          template: 'instance#${serviceId}#${environmentId}',
        },
        sk: { ...keys.gsi1.sk, composite: ['id'], template: 'deployment#${id}' },
      },
    },
  },
  table,
);
export type DeploymentRecord = EntityItem<typeof DeploymentEntity>;

/** An image and a snapshot of the settings. A rollback returns to it without a build. */
export const ReleaseEntity = new Entity(
  {
    model: { entity: 'release', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      deploymentId: { type: 'string', required: true },
      /** `<repository>@sha256:…`. */
      image: { type: 'string', required: true },
      kind: { type: serviceKinds, required: true },
      /** For a web release. */
      port: { type: 'number' },
      /** For a cron release. */
      schedule: { type: 'string' },
      timezone: { type: 'string' },
      startCommand: { type: 'string' },
      releaseCommand: { type: 'string' },
      /** How long a statement of its rehearsal might take, in seconds; absent without one. */
      rehearseSeconds: { type: 'number' },
      commandTimeoutSeconds: { type: 'number', required: true },
      size: { type: ['small', 'medium', 'large'] as const, required: true },
      minReplicas: { type: 'number', required: true },
      maxReplicas: { type: 'number', required: true },
      /** The shares of traffic in order. */
      weights: { type: 'list', items: { type: 'number' }, required: true },
      bakeSeconds: { type: 'number', required: true },
      warmMinutes: { type: 'number', required: true },
      /** Whether traffic judges the shares; absent in a release from before there was an analysis. */
      analysis: { type: 'boolean' },
      maxErrorPercent: { type: 'number' },
      maxP95Ms: { type: 'number' },
      patienceMinutes: { type: 'number' },
      watchMinutes: { type: 'number' },
      whenUnclear: { type: ['continue', 'stop'] as const },
      healthPath: { type: 'string' },
      healthTimeoutSeconds: { type: 'number', required: true },
      /** The paths that the source watches. */
      watchPaths: { type: 'list', items: { type: 'string' } },
      /** The databases whose values the app gets. */
      databases: { type: 'list', items: { type: 'string' } },
      /** When it first was live; absent if it never was. */
      liveAt: { type: 'string' },
      createdAt: { type: 'string', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['id'], template: 'release#${id}' },
      },
      byService: {
        index: keys.gsi1.index,
        pk: { ...keys.gsi1.pk, composite: ['serviceId'], template: 'releases#${serviceId}' },
        sk: { ...keys.gsi1.sk, composite: ['id'], template: 'release#${id}' },
      },
    },
  },
  table,
);
export type ReleaseRecord = EntityItem<typeof ReleaseEntity>;

/** A service in an environment: its live release, its deployment in flight, and its host name. */
export const InstanceEntity = new Entity(
  {
    model: { entity: 'instance', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      projectId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      /** The host name of a web service. */
      host: { type: 'string' },
      /** The Gateway of the route; there is one now. */
      shard: { type: 'number', required: true },
      /** Rises with each deployment, redrive and cancellation; the cluster refuses writes of an older generation. */
      generation: { type: 'number', required: true },
      /** The deployment that was queued last. */
      latestDeploymentId: { type: 'string', required: true },
      /** The deployment in flight. */
      activeDeploymentId: { type: 'string' },
      liveDeploymentId: { type: 'string' },
      liveReleaseId: { type: 'string' },
      /** The release before the live one. It stays warm for a rollback. */
      previousReleaseId: { type: 'string' },
      /** Until when the previous release stays started. */
      warmUntil: { type: 'string' },
      /** When somebody stopped the live release, and which user: nothing of the service runs. */
      stoppedAt: { type: 'string' },
      stoppedBy: { type: 'string' },
      version: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: {
          ...keys.primary.sk,
          composite: ['serviceId', 'environmentId'],
          template: 'instance#${serviceId}#${environmentId}',
        },
      },
      /** All instances, for the reconciler. */
      byShard: {
        index: keys.gsi1.index,
        pk: { ...keys.gsi1.pk, composite: ['shard'], template: 'shard#${shard}' },
        sk: {
          ...keys.gsi1.sk,
          composite: ['serviceId', 'environmentId'],
          template: 'instance#${serviceId}#${environmentId}',
        },
      },
    },
  },
  table,
);
export type InstanceRecord = EntityItem<typeof InstanceEntity>;

/** A taken host name, unique across all teams. */
export const HostEntity = new Entity(
  {
    model: { entity: 'host', service: 'gantry', version: '1' },
    attributes: {
      host: { type: 'string', required: true },
      teamId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['host'], template: 'host#${host}' },
        sk: { ...keys.primary.sk, composite: [], template: 'host' },
      },
    },
  },
  table,
);

/** The number of web services behind a Gateway. */
export const GatewayEntity = new Entity(
  {
    model: { entity: 'gateway', service: 'gantry', version: '1' },
    attributes: {
      shard: { type: 'number', required: true },
      services: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['shard'], template: 'gateway#${shard}' },
        sk: { ...keys.primary.sk, composite: [], template: 'gateway' },
      },
    },
  },
  table,
);

/** The generation that may write an instance's objects in the cluster, and the end of that right: `lease.ts`. */
export const LeaseEntity = new Entity(
  {
    model: { entity: 'lease', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      /** The highest generation that has written. */
      generation: { type: 'number', required: true },
      /** Absent while nobody writes. */
      holder: { type: 'string' },
      /** Milliseconds since 1970. */
      until: { type: 'number' },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: {
          ...keys.primary.sk,
          composite: ['serviceId', 'environmentId'],
          template: 'lease#${serviceId}#${environmentId}',
        },
      },
    },
  },
  table,
);
