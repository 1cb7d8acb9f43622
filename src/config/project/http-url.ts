import { SecretUrl } from '../../shared/secret-url.ts';
import type { HttpUrl } from '../types.ts';

/** An address of `http` or `https`; what is shown of it has neither user info nor query. Undefined: it is none. */
export function parseHttpUrl(text: string): HttpUrl | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, host, pathname } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  return new SecretUrl(text, `${protocol}//${host}${pathname}`);
}
