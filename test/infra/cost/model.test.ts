import { beforeAll, describe, expect, it } from '@jest/globals';
import { MEASURED } from '../../../infra/cost/measured.ts';
import { idleMonth, LOADS, month, priceOf, totalOf } from '../../../infra/cost/model.ts';
import { assembled, type Made } from '../synthesis.ts';

let made: Made;
beforeAll(async () => {
  made = await assembled();
}, 60_000);

describe('the computed cost', () => {
  it('of an idle month includes the cluster, the network and the alarms of the template', () => {
    const lines = new Map(idleMonth(made.templates).map(({ what, dollars }) => [what, dollars]));
    expect(lines.get('EKS cluster')).toBeCloseTo(73);
    expect(lines.get('NAT gateways')).toBeCloseTo(32.85);
    expect(lines.get('KMS keys')).toBe(2);
    expect(lines.get('metrics that alarms look at')).toBeGreaterThan(1);
    expect(lines.get('metrics that alarms look at')).toBeLessThan(5);
  });

  it('grows with use, and includes every counted unit', () => {
    const [small = 0, medium = 0] = LOADS.map((load) => totalOf(month(made.templates, load, MEASURED)));
    expect(small).toBeGreaterThan(totalOf(idleMonth(made.templates)));
    expect(medium).toBeGreaterThan(small);
    expect(priceOf(MEASURED.deployment)).toBeGreaterThan(0);
    expect(() => priceOf({ 'teapots.brewed': 1 })).toThrow('teapots.brewed');
  });
});
