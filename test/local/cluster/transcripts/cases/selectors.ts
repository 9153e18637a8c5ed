import type { Step, Topic } from '../transcript.ts';
import { CONFIG_MAPS, configMap, get, post } from './steps.ts';

const labels = (text: string): Step =>
  get(`labels ${text}`, `${CONFIG_MAPS}?labelSelector=${encodeURIComponent(`all,${text}`)}`);
const fields = (text: string): Step =>
  get(`fields ${text}`, `${CONFIG_MAPS}?labelSelector=all&fieldSelector=${text.replaceAll('=', '%3D')}`);
const page = (name: string, more: string): Step => get(name, `${CONFIG_MAPS}?labelSelector=all&limit=2${more}`);

/** Selection by labels and fields, and lists in pages. */
export const selectors: Topic = {
  topic: 'selectors',
  steps: [
    ...['a', 'b', 'c', 'd', 'e'].map((name, at) =>
      post(
        `create ${name}`,
        CONFIG_MAPS,
        configMap(name, undefined, {
          labels: { all: '', tier: at < 2 ? 'low' : 'high', ...(at === 4 ? { odd: 'yes' } : {}) },
        }),
      ),
    ),
    ...[
      'tier=low',
      'tier==low',
      'tier!=low',
      'tier in (low,high)',
      'tier notin (low)',
      'odd',
      '!odd',
      'odd!=yes',
      'tier=high,!odd',
      'tier in (low,),odd',
      'tier>1',
    ].map(labels),
    labels('tier in low'),
    labels('-bad=x'),
    labels('tier=not valid!'),
    ...[
      'metadata.name=a',
      'metadata.name!=a',
      'metadata.namespace={{ns}},metadata.name=b',
      'metadata.name==c',
      'metadata.labels=x',
    ].map(fields),
    page('first page', ''),
    page('second page', '&continue={{first page:metadata.continue}}'),
    page('last page', '&continue={{second page:metadata.continue}}'),
    get('all in one', `${CONFIG_MAPS}?labelSelector=all&limit=50`),
    get(
      'continue with a version',
      `${CONFIG_MAPS}?labelSelector=all&limit=2&resourceVersion=1&continue={{first page:metadata.continue}}`,
    ),
    get('from the cache', `${CONFIG_MAPS}?labelSelector=all&resourceVersion=0&limit=2`),
    get('from the future', `${CONFIG_MAPS}?labelSelector=all&resourceVersion=999999999`),
    get('exactly a version without one', `${CONFIG_MAPS}?labelSelector=all&resourceVersionMatch=Exact`),
    get('a wrong limit', `${CONFIG_MAPS}?labelSelector=all&limit=few`),
    get('one by its name', `${CONFIG_MAPS}/a?resourceVersion=0`),
  ],
};
