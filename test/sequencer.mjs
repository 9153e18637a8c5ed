import TestSequencer from '@jest/test-sequencer';

/** The files that run long, because they start platforms: the longest first. */
const LONG = [
  'journeys/sources',
  'journeys/services',
  'journeys/first-path',
  'journeys/causes',
  'api/routes',
  'cli/journey',
  'journeys/',
  'permissions/',
  'api/',
  'faults/',
  'browser/',
  'layers/builder/package-managers',
];

const rank = ({ path }) => {
  const place = LONG.findIndex((start) => path.startsWith(`${import.meta.dirname}/${start}`));
  return place === -1 ? LONG.length : place;
};

/**
 * Long files first, so that no worker is left with one at the end. jest itself knows how long a file takes only after
 * its first run.
 */
export default class Sequencer extends TestSequencer {
  sort(tests) {
    return super.sort([...tests]).sort((a, b) => rank(a) - rank(b));
  }
}
