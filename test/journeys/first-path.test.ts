/** A developer's first hour, which counts all that the installation has deployed and so comes first, and releases after it: on one platform. */
import './first-path.ts';
import './releases.ts';
import './traffic.ts';
