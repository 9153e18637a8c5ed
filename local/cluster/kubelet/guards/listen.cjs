'use strict';
/*
 * Loaded into every Node.js process of a pod (NODE_OPTIONS). A server that listens on all addresses of the machine listens on the pod's own
 * address and on 127.0.0.1 instead: as in a cluster the pod's address and the pod itself reach it, and the machine's network does not. One that
 * names the container's port gets the port of this machine that stands for it: pods share one network here.
 */
const net = require('node:net');

const address = process.env.GANTRY_POD_ADDRESS;
const ALL = new Set(['', '0.0.0.0', '::', '0', '::0', '0:0:0:0:0:0:0:0', process.env.HOSTNAME]);
const { GANTRY_POD_PORT: own, PORT: standIn } = process.env;
const listen = net.Server.prototype.listen;
/** The servers on 127.0.0.1 that this file adds. */
const twins = new WeakSet();

function numberOf(value) {
  return typeof value === 'number' ? value : undefined;
}

/** The same server on 127.0.0.1; where that port is taken, the pod's address alone has to do. */
function addTwin(server) {
  const { port } = server.address() ?? {};
  if (typeof port !== 'number' || server.address().address !== address) return;
  const twin = net.createServer({ pauseOnConnect: server.pauseOnConnect, allowHalfOpen: server.allowHalfOpen });
  twins.add(twin);
  twin.on('connection', (socket) => server.emit('connection', socket));
  twin.on('error', () => undefined);
  server.once('close', () => twin.close(() => undefined));
  const close = server.close;
  server.close = function closeBoth(...args) {
    twin.close(() => undefined);
    return close.apply(this, args);
  };
  twin.listen({ port, host: '127.0.0.1' });
  twin.unref();
}

if (address !== undefined) {
  net.Server.prototype.listen = function listenOnPod(...args) {
    const [options, callback] = net._normalizeArgs(args);
    const host = options.host ?? '';
    const byPort = options.path === undefined && options.fd === undefined && args[0]?._handle === undefined;
    if (twins.has(this) || !byPort || options.handle !== undefined || !ALL.has(host)) return listen.apply(this, args);
    const backlog = options.backlog ?? numberOf(args[1]) ?? numberOf(args[2]);
    this.once('listening', () => addTwin(this));
    const asked = options.port ?? 0;
    const port = own !== undefined && String(asked) === own ? Number(standIn) : asked;
    const given = { ...options, port, host: address, ipv6Only: false, ...(backlog && { backlog }) };
    return listen.call(this, given, ...(callback ? [callback] : []));
  };
}
