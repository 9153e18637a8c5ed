/** An intended difference from the recorded cluster. A difference that no longer occurs fails the test. */
export interface Accepted {
  readonly topic: string;
  /** The steps in which it occurs, or `any` for a difference that follows an object through the topic. */
  readonly steps: readonly string[] | 'any';
  /** Matches the path of the difference. */
  readonly at: RegExp;
  readonly why: string;
}

const WORDING = /^body\.(message|details\.causes\[\d+\]\.message)$/;
const ANYTHING = /./;

export const ACCEPTED: readonly Accepted[] = [
  {
    topic: 'any',
    steps: 'any',
    at: /\.status\.terminatingReplicas$/,
    why: 'A count that Kubernetes 1.35 added; nothing here and no kubectl of today reads it.',
  },
  {
    topic: 'any',
    steps: 'any',
    at: /columnDefinitions/,
    why: 'Columns have no help texts, and those of priority 1, which only `-o wide` shows, are left out.',
  },
  {
    topic: 'presentation',
    steps: ['services as a table', 'deployments as a table', 'replica sets as a table'],
    at: /\.cells$/,
    why: 'The cells of the columns that are left out.',
  },
  {
    topic: 'presentation',
    steps: ['in a format that is not served'],
    at: WORDING,
    why: 'Neither YAML nor protobuf is answered here, and the refusal does not promise them.',
  },
  {
    topic: 'refusals',
    steps: [
      'create of another kind',
      'create of another version',
      'create from no JSON',
      'create from nothing',
      'create from a list',
      'create from an unknown format',
      'create with a number for text',
      'deployment with a wrong number',
      'label selector that is none',
      'continue that is none',
    ],
    at: WORDING,
    why: "The recorded words are those of Go's decoders and name its types; status and reason are the same.",
  },
  {
    topic: 'patches',
    steps: ['merge of a list', 'json that is no list'],
    at: WORDING,
    why: "The recorded words are those of Go's decoders and name its types; status and reason are the same.",
  },
  {
    topic: 'selectors',
    steps: ['labels tier in low', 'labels -bad=x', 'labels tier=not valid!'],
    at: WORDING,
    why: 'The place of the mistake is not told, the term that holds it is.',
  },
  {
    topic: 'subresources',
    steps: ['scale of another kind'],
    at: WORDING,
    why: "The recorded words are those of Go's decoders and name its types; status and reason are the same.",
  },
  {
    topic: 'refusals',
    steps: ['create with a version'],
    at: /^(status|body\.(code|reason))$/,
    why: 'A mistake of the client is 400 here; the recorded 500 is an error without a kind in the API server.',
  },
  {
    topic: 'watches',
    steps: ['of a version that is none'],
    at: ANYTHING,
    why: 'A mistake of the client is 400 here; the recorded 500 is an error without a kind in the API server.',
  },
  {
    topic: 'watches',
    steps: ['by the old path'],
    at: ANYTHING,
    why: 'Paths below /api/v1/watch have been deprecated since 1.11 and no client of the last years uses them.',
  },
  {
    topic: 'refusals',
    steps: ['deployment of nothing'],
    at: /^body\.(message|details\.causes)$/,
    why: 'One missing spec is one cause here; the API server tells what an empty one would miss.',
  },
  {
    topic: 'refusals',
    steps: ['service with a wrong port'],
    at: /^body\.(message|details\.causes)$/,
    why: 'The target port that defaults to a wrong port is not told a second time.',
  },
  {
    topic: 'deletion',
    steps: ['another finalizer'],
    at: /^body\.details\.causes$/,
    why: 'The recorded server lists the one cause twice.',
  },
  {
    topic: 'apply',
    steps: ['uid of nothing'],
    at: /^body\.details\.causes$/,
    why: 'The recorded server lists the one cause twice.',
  },
  {
    topic: 'apply',
    steps: ['replicas left alone', 'status by apply'],
    at: /managedFields\[\d+\]\.time$/,
    why: 'The recorded server forgets the time of an apply that changes nothing but its owner.',
  },
  {
    topic: 'objects',
    steps: ['replace with a wrong uid'],
    at: WORDING,
    why: 'The recorded words tell the key in etcd.',
  },
  {
    topic: 'objects',
    steps: ['create an event', 'events of an object'],
    at: /(eventTime|reportingComponent|reportingInstance|f:source.*)$/,
    why: 'Fields of the newer event API, empty in every event that is written to the older one.',
  },
  {
    topic: 'subresources',
    steps: ['status', 'status alone'],
    at: /(lastTransitionTime|lastUpdateTime)$/,
    why: 'A time that a strategic merge patch sets to null is left out here; the API server keeps the null.',
  },
  {
    topic: 'subresources',
    steps: ['scale patched'],
    at: /resourceVersion$/,
    why: 'A scale to the present number is no write here; the API server writes down the new owner.',
  },
  {
    topic: 'any',
    steps: 'any',
    at: /\.spec\.minReadySeconds$/,
    why: 'A ReplicaSet does not carry the nought of its Deployment.',
  },
  {
    topic: 'kinds',
    steps: ['deployment', 'deployment settled', 'its replica set'],
    at: /resources\.limits\.(cpu|memory)$/,
    why: 'Quantities stay as they were written; the API server writes 500m for 0.5.',
  },
  {
    topic: 'any',
    steps: 'any',
    at: /\.spec\.(enableServiceLinks|preemptionPolicy|priority|serviceAccount|tolerations)$|f:enableServiceLinks$/,
    why: 'What the scheduler, taints and links to Services need; there is one node and no such variables.',
  },
  {
    topic: 'any',
    steps: 'any',
    at: /\.status\.qosClass$/,
    why: 'The node tells the class with its first status, not the API server.',
  },
  {
    topic: 'kinds',
    steps: ['network policy'],
    at: /(protocol|policyTypes|podSelector)$/,
    why: 'A NetworkPolicy is stored without effect, and without its defaults.',
  },
  {
    topic: 'kinds',
    steps: ['disruption budget'],
    at: /^body\.status$/,
    why: 'A PodDisruptionBudget is stored without effect; nothing counts for it.',
  },
  {
    topic: 'limits',
    steps: ['autoscaler'],
    at: /^body\.status$/,
    why: 'A HorizontalPodAutoscaler is stored without effect; nothing counts for it.',
  },
  {
    topic: 'discovery',
    steps: ['policy resources', 'autoscaling resources'],
    at: /^body\.resources$/,
    why: 'Kinds that are stored without effect have no status to write.',
  },
  {
    topic: 'limits',
    steps: ['pod with defaults', 'pod within the quota'],
    at: /managedFields\[0\]\.fieldsV1\.f:(metadata$|spec\.f:containers.*f:resources)/,
    why: 'What a LimitRange fills in belongs to whoever created the pod.',
  },
  {
    topic: 'limits',
    steps: ['delete the pod'],
    at: ANYTHING,
    why: 'A pod that is gone at once is answered with a Status, as every other object is.',
  },
  {
    topic: 'limits',
    steps: ['quota counted', 'quota used'],
    at: /count\/configmaps$|managedFields$/,
    why: 'No ConfigMap with the certificate of the cluster is put into each namespace; the owner of the counts is told as the controller.',
  },
  {
    topic: 'limits',
    steps: ['job'],
    at: ANYTHING,
    why: 'A suspended Job is refused by name: nothing would resume it.',
  },
  {
    topic: 'limits',
    steps: ['cron job'],
    at: /jobTemplate/,
    why: 'The template of a CronJob shows the defaults that its Jobs will have.',
  },
  {
    topic: 'refusals',
    steps: ['secret that is no base64'],
    at: /^(status|body\.(code|reason|message|details))$/,
    why: 'Base64 is checked with the values (422), not while the body is decoded (400).',
  },
  {
    topic: 'objects',
    steps: ['unknown field in a patch, strict'],
    at: /^body\.(message|details\..*)$/,
    why: 'The recorded refusal repeats the whole object, with its secrets if it has some.',
  },
  {
    topic: 'objects',
    steps: ['duplicate field, strict'],
    at: ANYTHING,
    why: 'A field that is named twice is read as JSON is read here: the last one counts.',
  },
];
