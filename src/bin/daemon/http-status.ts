/**
 * The status of a GET, without following it elsewhere. User info of the address goes as basic authentication: fetch takes none in a URL.
 * @throws Error that names what went wrong, and nothing of the address
 */
export async function httpStatus(address: string, signal: AbortSignal): Promise<number> {
  const url = new URL(address);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const headers = username === '' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
  try {
    const response = await fetch(url, { headers, signal, redirect: 'manual' });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
    throw new Error(`the check does not answer: ${code}`, { cause: error });
  }
}
