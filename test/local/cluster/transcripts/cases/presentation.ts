import type { Topic } from '../transcript.ts';
import { CONFIG_MAPS, CORE, configMap, DEPLOYMENTS, deployment, get, post, settled } from './steps.ts';

const TABLE = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' } };
const METADATA = { headers: { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' } };
const LIST = { headers: { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' } };
const labels = { labels: { shown: 'yes' } };
const shown = (path: string) => `${path}?labelSelector=shown%3Dyes`;

/** Tables for people, and metadata alone for controllers. */
export const presentation: Topic = {
  topic: 'presentation',
  steps: [
    post('config map', CONFIG_MAPS, configMap('shown', { a: '1', b: '2' }, labels)),
    get('config maps as a table', shown(CONFIG_MAPS), TABLE),
    get('one config map as a table', `${CONFIG_MAPS}/shown`, TABLE),
    get('an empty table', `${CONFIG_MAPS}?labelSelector=shown%3Dno`, TABLE),
    get('a table of whole objects', `${shown(CONFIG_MAPS)}&includeObject=Object`, TABLE),
    get('a table without objects', `${shown(CONFIG_MAPS)}&includeObject=None`, TABLE),
    get('nobody as a table', `${CONFIG_MAPS}/nobody`, TABLE),
    get('config maps as metadata', shown(CONFIG_MAPS), LIST),
    get('one config map as metadata', `${CONFIG_MAPS}/shown`, METADATA),
    post('secret', `${CORE}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'shown', ...labels },
      stringData: { a: 'b' },
    }),
    get('secrets as a table', shown(`${CORE}/secrets`), TABLE),
    post('service', `${CORE}/services`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'shown', ...labels },
      spec: { selector: { a: 'b' }, ports: [{ port: 80 }] },
    }),
    get('services as a table', shown(`${CORE}/services`), TABLE),
    post('deployment', DEPLOYMENTS, deployment('shown')),
    settled('deployment settled', 'shown', 1),
    get('deployments as a table', DEPLOYMENTS, TABLE),
    get('replica sets as a table', '/apis/apps/v1/namespaces/{{ns}}/replicasets', TABLE),
    get('pods as an empty table', `${CORE}/pods`, TABLE),
    get('events as an empty table', `${CORE}/events?fieldSelector=involvedObject.name%3Dnobody`, TABLE),
    get('namespaces as a table', '/api/v1/namespaces?fieldSelector=metadata.name%3D{{ns}}', TABLE),
    get('service accounts as a table', `${CORE}/serviceaccounts?fieldSelector=metadata.name%3Dnobody`, TABLE),
    get('network policies as a table', '/apis/networking.k8s.io/v1/namespaces/{{ns}}/networkpolicies', TABLE),
    get('in a format that is not served', `${CONFIG_MAPS}/shown`, { headers: { accept: 'text/html' } }),
  ],
};
