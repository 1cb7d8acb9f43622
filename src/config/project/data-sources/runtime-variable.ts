import { hcl } from '../../../engine/index.ts';
import { dataText, failData, messageOf, refuseUnknown, requireAttribute } from './data-block.ts';
import type { EvaluationTools } from './data-source.ts';

/** Drivers of Atlas that need a cloud's own client, and what to do instead. */
const CLOUD: Readonly<Record<string, string>> = {
  awsparamstore: 'the AWS Systems Manager client',
  awssecretsmanager: 'the AWS Secrets Manager client',
  gcpruntimeconfig: "Google Cloud's Runtime Configurator client",
  gcpsecretmanager: "Google Cloud's Secret Manager client",
  hashivault: "HashiCorp Vault's client (VAULT_ADDR, VAULT_TOKEN)",
  http: 'an HTTP client with polling',
  https: 'an HTTP client with polling',
};

/** `data "runtimevar"`: a text from `file:///path`, `constant://?val=text` or `env://NAME`. Counts as a secret. */
export async function evaluateRuntimeVariable(block: hcl.Block, tools: EvaluationTools): Promise<hcl.Value> {
  refuseUnknown(block, ['url'], tools);
  requireAttribute(block, 'url', tools);
  const text = await dataText(block, 'url', tools);
  if (text === undefined) return hcl.UNKNOWN;
  const at = hcl.findAttribute(block.body, 'url')?.value ?? block;
  try {
    const value = await readVariable(text, tools);
    tools.secrets.add(value);
    return hcl.string(value);
  } catch (error) {
    tools.secrets.add(text);
    failData(tools, at, messageOf(error));
    return hcl.UNKNOWN;
  }
}

async function readVariable(text: string, tools: EvaluationTools): Promise<string> {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^?]*)(?:\?(.*))?$/is.exec(text);
  if (match === null) throw new Error('the url has no driver, expected one like "file:///path"');
  const [, driver = '', place = '', query = ''] = match;
  const params = new URLSearchParams(query);
  const decoder = params.get('decoder') ?? 'string';
  if (decoder !== 'string') throw new Error(`unsupported decoder: "${decoder}", expected "string"`);
  switch (driver) {
    case 'constant': {
      const value = params.get('val');
      if (value === null) throw new Error('the url of the driver "constant" has no parameter "val"');
      return value;
    }
    case 'file':
      return tools.request.ports.readSecretFile(decodeURIComponent(place));
    case 'env': {
      const value = tools.getenv(decodeURIComponent(place));
      if (value === undefined) throw new Error(`the environment has no variable "${place}"`);
      return value;
    }
    default: {
      const needs = CLOUD[driver];
      if (needs === undefined) throw new Error(`unknown driver "${driver}", expected file, constant or env`);
      throw new Error(
        `driver "${driver}" needs ${needs}, which this version does not have; read the value with getenv, with file:// or with data "external"`,
      );
    }
  }
}
