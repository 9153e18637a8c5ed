/** Checks the subjects of all commits since the start of the rule. Part of `npm run check`. */
import { execFileSync } from 'node:child_process';
import { faultOf } from './commit-subject.ts';

/** The last commit before the rule. */
const BEFORE = '1e1a4e19c2d101c095459bc9625303fc5c29ec6b';

const git = (...args: readonly string[]) => execFileSync('git', args, { encoding: 'utf8' });

function isKnown(commit: string): boolean {
  try {
    git('cat-file', '-e', `${commit}^{commit}`);
    return true;
  } catch {
    return false;
  }
}

const range = isKnown(BEFORE) ? [`${BEFORE}..HEAD`] : ['HEAD'];
const lines = git('log', '--no-merges', '--format=%h%x09%s', ...range)
  .split('\n')
  .filter(Boolean);
const faults = lines.flatMap((line) => {
  const [hash = '', subject = ''] = line.split('\t');
  const fault = faultOf(subject);
  return fault === undefined ? [] : [`${hash} ${subject}\n        ${fault}`];
});
for (const fault of faults) console.error(fault);
console.log(`${lines.length} commit subjects checked, ${faults.length} to reword.`);
process.exitCode = faults.length > 0 ? 1 : 0;
