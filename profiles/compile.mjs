// Compiles input/fsh into compiled/: `node compile.mjs` writes, `node compile.mjs --check` compares and exits 1 on a difference.
// SUSHI runs in a HOME of its own under var/ and finds no registry: the newest extension or terminology package of
// the day must not change what we publish.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCorePackage } from './core-package.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const WORK = join(HERE, '..', 'var', 'profiles');
const HOME = join(WORK, 'home');
const OUT = join(WORK, 'out');
const COMPILED = join(HERE, 'compiled');
const NO_REGISTRY = 'http://127.0.0.1:9';

function sushi() {
  const program = join(dirname(createRequire(import.meta.url).resolve('fsh-sushi/package.json')), 'dist', 'app.js');
  const run = spawnSync(process.execPath, [program, 'build', HERE, '--snapshot', '--out', OUT], {
    encoding: 'utf8',
    env: { ...process.env, HOME, USERPROFILE: HOME, FPL_REGISTRY: NO_REGISTRY },
  });
  if (run.status !== 0) {
    process.stderr.write(run.stdout + run.stderr);
    process.exit(run.status || 2);
  }
}

// The order of keys says nothing in JSON; sorting them keeps a new SUSHI from rewriting every file.
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const { resourceType, ...rest } = value;
  const keys = Object.keys(rest).sort();
  return { ...(resourceType && { resourceType }), ...Object.fromEntries(keys.map((k) => [k, sorted(rest[k])])) };
}

function readFolder(folder) {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

function compile() {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  writeCorePackage(HOME);
  sushi();
  const texts = readFolder(join(OUT, 'fsh-generated', 'resources'));
  return new Map([...texts].map(([name, text]) => [name, `${JSON.stringify(sorted(JSON.parse(text)), null, 1)}\n`]));
}

function differences(made, committed) {
  const names = new Set([...made.keys(), ...committed.keys()]);
  return [...names].sort().filter((name) => made.get(name) !== committed.get(name));
}

const made = compile();
const changed = differences(made, readFolder(COMPILED));
if (process.argv.includes('--check')) {
  for (const name of changed) console.error(`differs: compiled/${name}`);
  process.exit(changed.length ? 1 : 0);
}
rmSync(COMPILED, { recursive: true, force: true });
mkdirSync(COMPILED, { recursive: true });
for (const [name, text] of made) writeFileSync(join(COMPILED, name), text);
console.log(`${made.size} resources in compiled/, ${changed.length} changed`);
