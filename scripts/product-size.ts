import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Prints the lines of product code by folder, without tests, and the share of the local cloud: the part that only one machine needs. */
const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx'], { encoding: 'utf8' }).trim().split('\n');
const lines = new Map<string, number>();
for (const file of files) {
  const [folder = ''] = file.split('/');
  if (['test', 'scripts', 'examples'].includes(folder) || folder === file) continue;
  lines.set(folder, (lines.get(folder) ?? 0) + readFileSync(file, 'utf8').split('\n').length);
}
const total = [...lines.values()].reduce((sum, each) => sum + each, 0);
const local = ((100 * (lines.get('local') ?? 0)) / total).toFixed(1);
const parts = [...lines].sort(([, a], [, b]) => b - a).map(([folder, count]) => `${folder} ${count}`);
process.stdout.write(`${total} lines of product code: ${parts.join(', ')}. local/ is ${local} %.\n`);
