import TestSequencer from '@jest/test-sequencer';

/** The folders whose files run long, because they start a platform each. */
const LONG = ['permissions', 'journeys', 'faults', 'api'];

const isLong = ({ path }) => LONG.some((folder) => path.startsWith(`${import.meta.dirname}/${folder}/`));

/** Long files first, so that no worker is left alone with one: jest itself knows how long a file takes only after its first run. */
export default class Sequencer extends TestSequencer {
  sort(tests) {
    return super.sort([...tests]).sort((a, b) => Number(isLong(b)) - Number(isLong(a)));
  }
}
