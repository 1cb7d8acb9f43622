import { createHash, randomBytes, randomInt } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { parse } from 'yaml';
import { freePort, type ServerProcess, startServer, untilReady } from '../../support/child-process.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import { prometheusPrograms } from '../../support/prometheus.ts';
import { startTemporal } from '../../support/temporal-server.ts';
import { throwAwayFolder } from '../../support/temporary-folder.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { readCompose, type Service } from './compose-file.ts';
import { readImage } from './image.ts';

const BIN = path.resolve(import.meta.dirname, '../../../bin/flotilla.js');
const ROLES = ['api', 'orchestrator', 'engine'] as const;
const PASSWORD = 'store-pass';

export interface Stack {
  /** Of the role api. */
  readonly address: string;
  readonly operatorToken: string;
  readonly prometheus: string;
  log(): string;
  stop(): Promise<void>;
}

/**
 * The services of deploy/compose/compose.yaml as processes of this machine, from the very files that the containers get: environment,
 * commands, mounts, settings, scrape and rules. What a container has of its own is given here: names become addresses, each service on a
 * loopback address of its own and the port that the files say, and paths lead into a folder for each container. Temporal is the development
 * server, and Grafana is left out.
 * @param fleet whose project is the folder `project` beside the file, and whose URLs are targets.env
 * @throws NotToBeHad
 */
export async function startStackByHand(fleet: Fleet): Promise<Stack> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  const folder = throwAwayFolder('compose');
  try {
    const services = readCompose({
      POSTGRES_PASSWORD: PASSWORD,
      FLOTILLA_STORE_KEY: randomBytes(32).toString('base64'),
      FLOTILLA_TEMPORAL_CODEC_KEY: randomBytes(32).toString('base64'),
      FLOTILLA_PROJECT: fleet.project,
    });
    const network = `127.${randomInt(1, 250)}.${randomInt(1, 250)}`;
    const addresses = new Map<string, string>(ROLES.map((role, i) => [role, `${network}.${i + 1}`]));
    const store = await startStore(services.get('postgres')?.environment ?? {});
    stops.push(() => store.stop());
    const temporal = await startTemporal();
    stops.push(() => temporal.stop());
    const names = new Map([
      ['postgres:5432', store.address],
      ['temporal:7233', temporal.address],
    ]);
    const tokens = { operator: randomBytes(16).toString('hex'), viewer: randomBytes(16).toString('hex') };

    const processes: { readonly role: string; readonly process: ServerProcess; readonly log: string }[] = [];
    for (const role of ROLES) {
      const started = startRole(role, {
        service: services.get(role) as Service,
        address: addresses.get(role) ?? '',
        root: path.join(folder, role),
        names,
        tokens,
        targets: fleet.env,
      });
      processes.push(started);
      stops.push(() => started.process.stop());
    }
    for (const { role, process: running, log } of processes) {
      const at = `http://${addresses.get(role)}:7171/readyz`;
      await untilReady(
        running,
        async () => {
          const answer = await fetch(at, { signal: AbortSignal.timeout(2_000) });
          if (!answer.ok) throw new Error(await answer.text());
        },
        { what: role, log },
      );
    }
    const prometheus = await startScrape({
      service: services.get('prometheus') as Service,
      root: path.join(folder, 'prometheus'),
      addresses,
      viewerToken: tokens.viewer,
    });
    stops.push(() => prometheus.stop());
    return {
      address: `http://${addresses.get('api')}:7171`,
      operatorToken: tokens.operator,
      prometheus: prometheus.address,
      log: () => processes.map(({ role, log }) => `${role}: ${fs.readFileSync(log, 'utf8').slice(-2000)}`).join('\n'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Postgres with the user and the database that its image makes. */
async function startStore(environment: Readonly<Record<string, string>>) {
  const { POSTGRES_USER: user, POSTGRES_PASSWORD: password, POSTGRES_DB: database } = environment;
  const server = await startPostgres();
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`CREATE ROLE "${user}" LOGIN PASSWORD '${password}'`);
  await client.query(`CREATE DATABASE "${database}" OWNER "${user}"`);
  await client.end();
  return { address: `127.0.0.1:${server.port}`, stop: () => server.stop() };
}

interface Container {
  readonly service: Service;
  readonly address: string;
  /** Where the paths of the container lead. */
  readonly root: string;
  /** `name:port` of another service → where it is. */
  readonly names: ReadonlyMap<string, string>;
  readonly tokens: { readonly operator: string; readonly viewer: string };
  readonly targets: Readonly<Record<string, string>>;
}

function startRole(role: string, { service, address, root, names, tokens, targets }: Container) {
  layMounts(service, root);
  const settings = path.join(root, 'etc/flotilla/flotilla.yaml');
  const sums = [tokens.operator, tokens.viewer].map((token) => createHash('sha256').update(token).digest('hex'));
  // A copy: what is laid there is deploy's own file.
  const text = fs.readFileSync(settings, 'utf8').replaceAll('SHA256_OF_YOUR_TOKEN', () => sums.shift() ?? '');
  fs.rmSync(settings);
  fs.writeFileSync(settings, text);
  const image = readImage();
  const env = Object.entries({ ...image.env, ...service.environment }).map(([name, value]) => {
    if (value.startsWith('/')) return [name, path.join(root, value)];
    if (name === 'FLOTILLA_LISTEN') return [name, value.replace('0.0.0.0', address)];
    return [name, withAddresses(value, names)];
  });
  const clean = Object.keys(process.env).filter((name) => /^(FLOTILLA|TEMPORAL)_/.test(name));
  const log = path.join(root, 'log');
  const [program, ...words] = [...image.entrypoint, ...(service.command ?? image.command)];
  if (program !== 'flotilla') throw new Error(`the image starts ${program}`);
  const started = startServer(process.execPath, [BIN, ...words], {
    cwd: root,
    log,
    env: {
      ...Object.fromEntries(clean.map((name) => [name, undefined])),
      TMPDIR: path.join(root, 'tmp'),
      ...targets,
      ...Object.fromEntries(env),
    },
  });
  return { role, process: started, log };
}

/** What `name:port` is to compose's DNS. @throws where the port is not one that the service has */
function withAddresses(value: string, names: ReadonlyMap<string, string>): string {
  return value.replaceAll(/(?<=^|@|\/)([a-z]+):(\d+)/g, (name) => {
    const found = names.get(name);
    if (found === undefined) throw new Error(`no service answers at ${name}`);
    return found;
  });
}

function layMounts(service: Service, root: string): void {
  for (const dir of service.tmpfs) fs.mkdirSync(path.join(root, dir), { recursive: true });
  for (const [target, source] of service.mounts) {
    const at = path.join(root, target);
    fs.mkdirSync(path.dirname(at), { recursive: true });
    if (fs.existsSync(source)) fs.symlinkSync(source, at);
  }
}

/** Prometheus on compose's own file, where `dns_sd_configs` asks for the addresses of names. */
async function startScrape(asked: {
  readonly service: Service;
  readonly root: string;
  readonly addresses: ReadonlyMap<string, string>;
  readonly viewerToken: string;
}) {
  const { prometheus } = await prometheusPrograms();
  const { service, root, addresses } = asked;
  layMounts(service, root);
  const inside = (file: string): string => path.join(root, file);
  const given = parse(fs.readFileSync(inside('/etc/prometheus/prometheus.yml'), 'utf8'));
  given.rule_files = given.rule_files.map(inside);
  for (const job of given.scrape_configs) {
    const token = job.authorization.credentials_file;
    if (!service.mounts.has(token)) throw new Error(`prometheus has no ${token}`);
    job.authorization.credentials_file = inside(token);
    fs.writeFileSync(inside(token), asked.viewerToken);
    job.static_configs = job.dns_sd_configs.map(({ names, port }: { names: string[]; port: number }) => ({
      targets: names.map((name) => `${addresses.get(name) ?? name}:${port}`),
    }));
    delete job.dns_sd_configs;
  }
  const config = path.join(root, 'prometheus.yml');
  // JSON is YAML.
  fs.writeFileSync(config, JSON.stringify(given));
  const port = await freePort();
  const log = path.join(root, 'log');
  const server = startServer(
    prometheus,
    [`--config.file=${config}`, `--storage.tsdb.path=${root}/data`, `--web.listen-address=127.0.0.1:${port}`],
    { cwd: root, log },
  );
  const address = `http://127.0.0.1:${port}`;
  await untilReady(
    server,
    async () => {
      if (!(await fetch(`${address}/-/ready`)).ok) throw new Error('not ready');
    },
    { what: 'Prometheus', log },
  );
  return { address, stop: () => server.stop() };
}
