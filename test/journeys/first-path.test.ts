/** A developer's first hour and then releases, on one platform. The first hour counts all deployments of the installation, and so comes first. */
import './first-path.ts';
import './releases.ts';
import './traffic.ts';
