/**
 * `node build.mjs` builds the files that are served; `--check` says whether they are those of the sources; `--tests` builds
 * the tests and runs them; `--adapter FILE` builds the adapter for the conformance suite.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const { version } = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
const BROWSERS = ["chrome111", "firefox115", "safari16.4"];
const SERVED = [
  { source: "fanfare.ts", file: "fanfare.js", format: "esm" },
  { source: "worker.ts", file: "fanfare-worker.js", format: "iife" },
];

/** @returns {Promise<Map<string, string>>} content by path within this folder */
async function built() {
  const files = new Map();
  for (const { source, file, format } of SERVED) {
    const banner = { js: `/*! Fanfare ${version} · Apache-2.0 · built from src/${source} by \`npm run build\` */` };
    const result = await build({
      entryPoints: [join(HERE, "src", source)], bundle: true, minify: true, write: false, format, banner,
      target: BROWSERS, charset: "utf8", legalComments: "none", absWorkingDir: HERE, logLevel: "error",
    });
    files.set(file, result.outputFiles[0].text);
  }
  for (const [name, text] of declarations()) files.set(join("types", name), text);
  return files;
}

/** What `tsc` says of the page's sources. `wire.d.ts` is written elsewhere, from the contracts. */
function declarations() {
  const directory = mkdtempSync(join(HERE, "node_modules", ".types-"));
  try {
    run("tsc", ["-p", "tsconfig.json", "--outDir", directory]);
    const made = join(directory, "src");
    return readdirSync(made).sort().map((name) => [name, readFileSync(join(made, name), "utf8")]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Bundle modules for Node into a fresh folder. */
async function bundled(names, directory) {
  await build({
    entryPoints: names.map((name) => join(HERE, "test", name)), bundle: true, outdir: directory, format: "esm",
    platform: "node", target: "node18", outExtension: { ".js": ".mjs" }, logLevel: "error",
  });
}

function run(command, args) {
  const path = command === "node" ? process.execPath : join(HERE, "node_modules", ".bin", command);
  const { status } = spawnSync(path, args, { cwd: HERE, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

const [what, argument] = process.argv.slice(2);
if (what === "--tests") {
  const directory = mkdtempSync(join(HERE, "node_modules", ".tests-"));
  const names = readdirSync(join(HERE, "test")).filter((name) => name.endsWith(".test.ts"));
  try {
    await bundled(names, directory);
    run("node", ["--test", "--test-reporter=tap", ...names.map((name) => join(directory, name.replace(/ts$/, "mjs")))]);
  } finally {
    rmSync(directory, { recursive: true });
  }
} else if (what === "--adapter") {
  await bundled(["adapter.ts"], argument);
} else {
  const files = await built();
  const stale = [...files].filter(([file, text]) => {
    try {
      return readFileSync(join(HERE, file), "utf8") !== text;
    } catch {
      return true;
    }
  });
  if (what === "--check" && stale.length > 0) {
    console.error(`Not as built from the sources: ${stale.map(([file]) => file).join(", ")}. Run \`npm run build\`.`);
    process.exit(1);
  }
  for (const [file, text] of what === "--check" ? [] : stale) writeFileSync(join(HERE, file), text);
  for (const { file } of SERVED) {
    const text = files.get(file);
    console.log(`${file}  ${Buffer.byteLength(text)} bytes, ${gzipSync(text, { level: 9 }).length} gzipped`);
  }
}
