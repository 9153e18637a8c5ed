/**
 * The script of a hostile page, as text: a function of the targets and of the longest wait for an answer, in milliseconds. It returns every way in
 * which it could read or connect. It sends simple requests, images, scripts, frames and forms, requests with a preflight, and WebSockets.
 */
export const ATTACK = `async (targets, patience) => {
  const reached = [];
  const late = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, patience))]);
  const read = (way, promise) => late(promise.then(
    (answer) => answer.type === 'opaque' ? undefined : void reached.push(way + ' read ' + answer.status),
    () => undefined,
  ));
  const json = { 'content-type': 'application/json' };
  const fetches = [
    ['GET', {}],
    ['GET without CORS', { mode: 'no-cors', credentials: 'include' }],
    ['POST of text', { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } }],
    ['POST of text without CORS', { method: 'POST', body: '{}', mode: 'no-cors', credentials: 'include' }],
    ['POST of JSON', { method: 'POST', body: '{}', headers: json }],
    ['PUT', { method: 'PUT', body: '{}' }],
    ['DELETE', { method: 'DELETE' }],
    ['GET with a token', { headers: { authorization: 'Bearer anything' } }],
    ['an AWS call', { method: 'POST', body: '{}', headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables' } }],
  ];
  const element = (tag, url) => {
    const made = document.createElement(tag);
    made.src = url;
    const loaded = new Promise((resolve) => { made.onload = () => resolve(true); made.onerror = () => resolve(false); });
    document.documentElement.append(made);
    return late(loaded).then((loads) => {
      if (loads && tag === 'script') reached.push('script of ' + url);
      if (loads && tag === 'iframe') {
        try { if (made.contentDocument !== null) reached.push('frame of ' + url + ' read 403'); } catch {}
      }
      made.remove();
    });
  };
  const form = (url, enctype) => {
    const frame = document.createElement('iframe');
    frame.name = 'f' + Math.random();
    const made = document.createElement('form');
    Object.assign(made, { action: url, method: 'POST', enctype, target: frame.name });
    made.innerHTML = '<input name="grant_type" value="refresh_token">';
    document.documentElement.append(frame, made);
    const loaded = new Promise((resolve) => { frame.onload = resolve; });
    made.submit();
    return late(loaded).then(() => { frame.remove(); made.remove(); });
  };
  const socket = (url) => {
    const made = new WebSocket(url.replace('http', 'ws'));
    return late(new Promise((resolve) => {
      made.onopen = () => { reached.push('WebSocket to ' + url); resolve(); };
      made.onerror = resolve;
    })).then(() => made.close());
  };
  const urls = targets.flatMap(({ base, paths }) => paths.map((path) => base + path));
  // Chromium slows down a page that opens many refused WebSockets.
  const sockets = targets.flatMap(({ base }) => ['/', '//', '/local'].map((path) => socket(base + path)));
  for (const url of urls) {
    await Promise.all([
      ...fetches.map(([way, init]) => read(way + ' ' + url, fetch(url, init))),
      ...['img', 'script', 'iframe'].map((tag) => element(tag, url)),
      ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'].map((type) => form(url, type)),
    ]);
  }
  await Promise.all(sockets);
  return reached;
}`;
