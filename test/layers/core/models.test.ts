import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const core = join(import.meta.dirname, '../../../layers/core');

interface Made {
  readonly schema: { readonly model: { readonly entity: string } };
}

describe('the models of the table', () => {
  it("pass ElectroDB's check, which functions skip, and each has its own name", async () => {
    const names: string[] = [];
    for (const file of globSync('{records/*,kernel/**/store}.ts', { cwd: core })) {
      const module: Record<string, Made> = await import(join(core, file));
      // A model is built, and so checked, at its first use.
      for (const [name, made] of Object.entries(module))
        if (name.endsWith('Entity')) names.push(made.schema.model.entity);
    }
    expect(names.length).toBeGreaterThan(40);
    expect(new Set(names).size).toBe(names.length);
  });
});
