import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http2 from 'node:http2';
import type net from 'node:net';
import path from 'node:path';
import { throwAwayFolder } from './temporary-folder.ts';

/** A gRPC server made one that wants TLS, a client certificate of one authority, and an API key. */
export interface GrpcTlsProxy {
  /** host:port; its certificate is for the name `temporal.test`. */
  readonly address: string;
  readonly serverName: string;
  /** Files in PEM. */
  readonly ca: string;
  readonly clientCert: string;
  readonly clientKey: string;
  readonly apiKey: string;
  /** Calls that got through. */
  calls(): number;
  stop(): Promise<void>;
}

const SERVER_NAME = 'temporal.test';
const UNAUTHENTICATED = '16';

/** @param upstream host:port of a gRPC server without TLS */
export async function startGrpcTlsProxy(upstream: string): Promise<GrpcTlsProxy> {
  const { ca, server, client } = makeCertificates();
  const apiKey = 'an-api-key-of-the-test';
  const sessions = new Set<http2.Http2Session>();
  let calls = 0;
  const listening = http2.createSecureServer({
    ca: fs.readFileSync(ca),
    cert: fs.readFileSync(server.cert),
    key: fs.readFileSync(server.key),
    requestCert: true,
    rejectUnauthorized: true,
  });
  const onward = http2.connect(`http://${upstream}`);
  onward.on('error', () => undefined);
  listening.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
    session.on('close', () => sessions.delete(session));
  });
  listening.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    if (headers.authorization !== `Bearer ${apiKey}`) {
      const refused = { 'grpc-status': UNAUTHENTICATED, 'grpc-message': 'wrong API key' };
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...refused }, { endStream: true });
      return;
    }
    calls += 1;
    const request = onward.request(headers);
    let trailers: http2.IncomingHttpHeaders = {};
    request.on('error', () => stream.destroy());
    request.on('response', (response, flags) => {
      // An error of gRPC has no body: its status stands in the headers.
      const isWhole = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      stream.respond(response, isWhole ? { endStream: true } : { waitForTrailers: true });
    });
    request.on('trailers', (given) => {
      trailers = given;
    });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.on('aborted', () => request.close(http2.constants.NGHTTP2_CANCEL));
    stream.pipe(request);
    request.pipe(stream);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as net.AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    serverName: SERVER_NAME,
    ca,
    clientCert: client.cert,
    clientKey: client.key,
    apiKey,
    calls: () => calls,
    async stop() {
      const closed = new Promise((resolve) => listening.close(resolve));
      for (const session of sessions) session.destroy();
      onward.destroy();
      await closed;
    },
  };
}

/** An authority, and a certificate of it for the server and for one client. */
function makeCertificates() {
  const dir = throwAwayFolder('certificates');
  const openssl = (...args: readonly string[]): void => {
    const { status, stderr } = spawnSync('openssl', [...args], { cwd: dir, encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const days = ['-days', '2'];
  openssl('req', '-x509', ...newKey, ...days, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test authority');
  const issue = (name: string, subject: string, extension: string) => {
    fs.writeFileSync(path.join(dir, `${name}.ext`), extension);
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', ...days, '-extfile', `${name}.ext`];
    openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signed);
    return { cert: path.join(dir, `${name}.pem`), key: path.join(dir, `${name}.key`) };
  };
  return {
    ca: path.join(dir, 'ca.pem'),
    server: issue('server', `/CN=${SERVER_NAME}`, `subjectAltName=DNS:${SERVER_NAME}\n`),
    client: issue('client', '/CN=flotilla', 'extendedKeyUsage=clientAuth\n'),
  };
}
