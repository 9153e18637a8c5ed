/**
 * Builds a real kube-apiserver, kube-controller-manager and etcd from Go modules into a folder, and runs them on free ports of
 * 127.0.0.1 until it is interrupted: `node scripts/real-cluster.mjs <folder> [version]`. Needs Go and openssl; the first build takes
 * ten minutes on two cores and 5 GB of disk, later starts take seconds. There is no kubelet: pods are stored and never run.
 * Prints the path of an admin's kubeconfig when the cluster answers. Each start begins with an empty cluster.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_MS = 120_000;
const STOP_MS = 15_000;
const PACKAGES = {
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  etcd: 'go.etcd.io/etcd/server/v3',
};

const [target, version = '1.36.3'] = process.argv.slice(2);
if (target === undefined || !/^1\.\d+\.\d+$/.test(version)) {
  console.error('usage: node scripts/real-cluster.mjs <folder> [version of Kubernetes, such as 1.36.3]');
  process.exit(2);
}
const folder = resolve(target);
const binaries = join(folder, 'bin', version);

/**
 * The module k8s.io/kubernetes names its staging modules by folders of its own repository, which a module that depends on it
 * cannot see: each is replaced by its published version.
 */
function build() {
  if (Object.keys(PACKAGES).every((name) => existsSync(join(binaries, name)))) return;
  const module = join(folder, 'module');
  mkdirSync(module, { recursive: true });
  mkdirSync(binaries, { recursive: true });
  const go = (args, output) => execFileSync('go', args, { cwd: module, stdio: ['ignore', output, 'inherit'] });
  const downloaded = JSON.parse(String(go(['mod', 'download', '-json', `k8s.io/kubernetes@v${version}`], 'pipe')));
  const text = readFileSync(downloaded.GoMod, 'utf8');
  const [, language = '1.26'] = /^go (\S+)/m.exec(text) ?? [];
  const staging = [...text.matchAll(/^\s*(k8s\.io\/\S+) => \.\/staging\//gm)].map(([, name]) => name);
  const replaced = staging.map((name) => `\t${name} => ${name} v0${version.slice(1)}`);
  writeFileSync(
    join(module, 'go.mod'),
    `module real-cluster\n\ngo ${language}\n\nrequire k8s.io/kubernetes v${version}\n\nreplace (\n${replaced.join('\n')}\n)\n`,
  );
  for (const [name, source] of Object.entries(PACKAGES)) {
    console.log(`building ${name} …`);
    const flags = ['-mod=mod', '-trimpath', '-p', '2', '-ldflags', `-s -w ${stamped()}`];
    go(['build', ...flags, '-o', join(binaries, name), source], 'inherit');
  }
}

/** The version that a release build writes into its binaries, and `/version` reports. */
function stamped() {
  const [major, minor] = version.split('.');
  const fields = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor };
  return Object.entries(fields)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

const children = [];
let stopping = false;

function start(name, args) {
  const child = spawn(join(binaries, name), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(join(folder, 'run', `${name}.log`));
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  child.once('exit', (code) => {
    if (!stopping) void stop(`${name} ended with ${code}: see ${join(folder, 'run', `${name}.log`)}`);
  });
  children.push(child);
}

/** Ends the three in the reverse order of their start. Kills a process that does not end in time. */
async function stop(why) {
  if (stopping) return;
  stopping = true;
  if (why !== undefined) console.error(why);
  for (const child of children.toReversed()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await Promise.race([once(child, 'exit'), sleep(STOP_MS)]);
    child.kill('SIGKILL');
  }
  process.exit(why === undefined ? 0 : 1);
}

function writeKubeconfig(file, server, certificate, token) {
  const cluster = { server, 'certificate-authority-data': readFileSync(certificate).toString('base64') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'real', cluster }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'real', context: { cluster: 'real', user: 'admin' } }],
    'current-context': 'real',
  };
  writeFileSync(file, JSON.stringify(config, undefined, 2), { mode: 0o600 });
}

function answers(server, certificate, token, path) {
  return new Promise((done) => {
    const asking = request(
      `${server}${path}`,
      { ca: readFileSync(certificate), headers: { authorization: `Bearer ${token}` }, timeout: 5000 },
      (answer) => {
        answer.resume();
        done(answer.statusCode === 200);
      },
    );
    asking.on('error', () => done(false)).on('timeout', () => asking.destroy());
    asking.end();
  });
}

/** A folder of the run with new keys; the data of an earlier run goes. */
async function run() {
  const place = join(folder, 'run');
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const at = (name) => join(place, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'ignore' });
  openssl('genrsa', '-out', at('accounts.key'), '2048');
  openssl('rsa', '-in', at('accounts.key'), '-pubout', '-out', at('accounts.pub'));
  const extensions = [
    '-addext',
    'subjectAltName=IP:127.0.0.1,DNS:localhost',
    '-addext',
    'basicConstraints=critical,CA:TRUE',
  ];
  const subject = ['-subj', '/CN=real-cluster', '-days', '365'];
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    at('server.key'),
    '-out',
    at('server.crt'),
    ...subject,
    ...extensions,
  );
  const token = randomBytes(32).toString('base64url');
  writeFileSync(at('tokens.csv'), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });

  const [client, peer, port, managerPort] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const store = `http://127.0.0.1:${client}`;
  const server = `https://127.0.0.1:${port}`;
  const kubeconfig = at('kubeconfig');
  writeKubeconfig(kubeconfig, server, at('server.crt'), token);
  start('etcd', [
    `--data-dir=${at('etcd')}`,
    `--listen-client-urls=${store}`,
    `--advertise-client-urls=${store}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]);
  start('kube-apiserver', [
    `--etcd-servers=${store}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--tls-cert-file=${at('server.crt')}`,
    `--tls-private-key-file=${at('server.key')}`,
    `--token-auth-file=${at('tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${at('accounts.pub')}`,
    `--service-account-signing-key-file=${at('accounts.key')}`,
    '--allow-privileged=true',
    '--endpoint-reconciler-type=none',
  ]);
  const deadline = Date.now() + START_MS;
  while (!(await answers(server, at('server.crt'), token, '/readyz'))) {
    if (Date.now() > deadline) return stop(`the API server did not get ready in ${START_MS / 1000} s: see ${place}`);
    await sleep(250);
  }
  start('kube-controller-manager', [
    `--kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${managerPort}`,
    '--leader-elect=false',
    `--service-account-private-key-file=${at('accounts.key')}`,
    `--root-ca-file=${at('server.crt')}`,
  ]);
  const account = '/api/v1/namespaces/default/serviceaccounts/default';
  while (!(await answers(server, at('server.crt'), token, account))) {
    if (Date.now() > deadline) return stop(`the controllers did not start in ${START_MS / 1000} s: see ${place}`);
    await sleep(250);
  }
  console.log(`kubeconfig: ${kubeconfig}`);
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop());
try {
  build();
  await run();
} catch (error) {
  await stop(error instanceof Error ? error.message : String(error));
}
