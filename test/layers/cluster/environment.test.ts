import type { NetworkPolicy } from '@gantry/cloud/kubernetes/types.ts';
import { environmentObjects } from '@gantry/cluster/environment.ts';
import { describe, expect, it } from '@jest/globals';
import { find, objectsOf, stage, web } from './release-objects.ts';

describe('the objects of an environment', () => {
  const objects = environmentObjects(web, stage);
  const [namespace] = objects;
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy') as NetworkPolicy[];

  it("carry the environment's labels and no service's, so that services do not overwrite each other", () => {
    for (const { metadata } of objects) {
      expect(metadata?.labels?.['gantry.dev/environment']).toBe(web.environmentId);
      expect(Object.keys(metadata?.labels ?? {})).not.toContain('gantry.dev/service');
      expect(metadata?.annotations).toBeUndefined();
    }
  });

  it('refuse pods that are not restricted, and limit what runs', () => {
    for (const mode of ['enforce', 'audit', 'warn']) {
      expect(namespace.metadata?.labels?.[`pod-security.kubernetes.io/${mode}`]).toBe('restricted');
    }
    expect(find(objects, 'ServiceAccount')).toMatchObject({ automountServiceAccountToken: false });
    expect(find(objects, 'ResourceQuota')).toMatchObject({
      spec: { hard: { pods: '300', 'services.nodeports': '0' } },
    });
    expect(find(objects, 'LimitRange')).toMatchObject({ spec: { limits: [{ max: { cpu: '4', memory: '8Gi' } }] } });
  });

  it('allow no traffic in or out that is not named', () => {
    const [deny, ...allowed] = policies;
    expect(deny?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    expect(allowed.map(({ metadata }) => metadata?.name)).toEqual([
      'web-from-load-balancer',
      'names-and-internet',
      'databases',
    ]);
  });

  it('let the load balancer in, only to the ports of web apps', () => {
    const [, fromLoadBalancer] = policies;
    expect(fromLoadBalancer?.spec).toEqual({
      podSelector: { matchLabels: { 'gantry.dev/kind': 'web' } },
      policyTypes: ['Ingress'],
      ingress: [
        {
          _from: [{ ipBlock: { cidr: '10.0.0.0/22' } }, { ipBlock: { cidr: '10.0.4.0/22' } }],
          ports: [{ protocol: 'TCP', port: 'http' }],
        },
      ],
    });
    expect(objectsOf(web).container?.ports).toMatchObject([{ name: 'http' }]);
    expect(objectsOf(web).template?.metadata?.labels?.['gantry.dev/kind']).toBe('web');
  });

  it('let apps reach DNS and the internet, but not the node’s credentials or private networks', () => {
    const [, , outwards] = policies;
    const [names, internet] = outwards?.spec?.egress ?? [];
    expect(names?.ports?.map(({ port }) => port)).toEqual([53, 53]);
    const blocks = internet?.to?.map(({ ipBlock }) => ipBlock);
    expect(blocks).toEqual([
      {
        cidr: '0.0.0.0/0',
        except: ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
      },
      { cidr: '::/0', except: ['fc00::/7', 'fe80::/10'] },
    ]);
  });
});
