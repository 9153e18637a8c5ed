import { afterAll, beforeAll } from '@jest/globals';
import type { Loose } from './api-answer.ts';
import { startTestCluster, type TestCluster } from './harness.ts';
import { created, deployment } from './objects.ts';

export const NS = 'team';
export let test: TestCluster;

beforeAll(async () => {
  test = await startTestCluster();
  await created(test.api('POST', '/api/v1/namespaces', { metadata: { name: NS } }));
});
afterAll(() => test.stop());

export const configMap = (name: string, data: Loose = {}, metadata: Loose = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});
export const CONFIG_MAPS = `/api/v1/namespaces/${NS}/configmaps`;
export const idle = (name: string, more: Loose = {}) =>
  deployment(name, 'registry.test/app:1', { replicas: 0, ...more });
