const NO_NODE = 'there is no node to run pods';

/** The suites of this folder that a real cluster without nodes cannot run, each with the reason. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  'admission.test.ts': 'it opens the registry of the embedded cluster',
  'apps.test.ts': NO_NODE,
  'batch.test.ts': NO_NODE,
  'flood.test.ts': NO_NODE,
  'kubectl.test.ts': NO_NODE,
  'kubelet.test.ts': NO_NODE,
  'listening.test.ts': NO_NODE,
  'lifecycle.test.ts': 'it kills and restarts the embedded cluster',
  'node.test.ts': 'it is about the embedded node',
  'outside.test.ts': NO_NODE,
  'product.test.ts': NO_NODE,
  'proxy.test.ts': NO_NODE,
  'traffic.test.ts': NO_NODE,
  'transcripts.test.ts': 'a real cluster is recorded, not replayed: npm run transcripts',
  'unpack.test.ts': 'it is about the embedded node',
};
