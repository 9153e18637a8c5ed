#!/usr/bin/env node
// Nothing is imported before this check, so that an older Node shows a sentence and not a syntax error.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(`gantry needs Node 22.12 or newer; this is ${process.version}.\n`);
  process.exit(1);
}
const { main } = await import('./program.ts');
await main(process.argv.slice(2));

export {};
