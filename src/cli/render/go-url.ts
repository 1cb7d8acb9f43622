import type { DatabaseUrl } from '../../engine/index.ts';

/** Go's url.URL as encoding/json prints it, with Atlas's Schema beside (atlas-config-cli.md 3.7). Never with a password. */
export interface GoUrl {
  readonly Scheme: string;
  readonly Opaque: string;
  /** Go prints user info as an empty object. */
  readonly User: Readonly<Record<string, never>> | null;
  readonly Host: string;
  readonly Path: string;
  readonly Fragment: string;
  readonly RawQuery: string;
  readonly RawPath: string;
  readonly RawFragment: string;
  readonly ForceQuery: boolean;
  readonly OmitHost: boolean;
  readonly Schema: string;
  /** Methods of Go's URL; `{{ .URL }}` prints it by the first. Both without the password: Go's String has it. */
  readonly String: () => string;
  readonly Redacted: () => string;
}

/** Builds it from the redacted form: nothing secret can get in. */
export function goUrl(url: DatabaseUrl): GoUrl {
  const match = /^([^:]+):\/\/(?:([^/?#]*)@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(url.redacted);
  const [, scheme = url.scheme, user, host = '', rawPath = '', query = '', fragment = ''] = match ?? [];
  const path = decode(rawPath);
  const fields = {
    Scheme: scheme,
    Opaque: '',
    User: user === undefined ? null : {},
    Host: host,
    Path: path,
    Fragment: decode(fragment),
    RawQuery: query,
    RawPath: encodeURI(path) === rawPath ? '' : rawPath,
    RawFragment: '',
    ForceQuery: false,
    OmitHost: false,
    Schema: url.schema,
  };
  const print = { value: () => url.redacted, enumerable: false };
  return Object.defineProperties(fields as GoUrl, { String: print, Redacted: print, toString: print });
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
