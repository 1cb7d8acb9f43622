/**
 * A number in [0, 2^53) that depends on the text only: the same in every process and every release, since it decides who is a canary.
 * Two 32-bit multiplicative hashes with an avalanche at the end (the public-domain "cyrb53" construction); not for secrets.
 */
export function stableHash(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (b >>> 11) * 2 ** 32 + (a >>> 0);
}
