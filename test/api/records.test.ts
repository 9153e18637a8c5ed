/** What holds of records, of answers that are given again, and of deletions, two of them across `kill -9`: on one platform, which is killed last. */
import './databases.ts';
import './projects.ts';
import './service-settings.ts';
import './idempotency.ts';
import './deletion.ts';
