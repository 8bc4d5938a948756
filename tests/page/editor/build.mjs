// Bundles the query editor into the Python package, where it is committed, so that nobody who
// uses or tests the package needs Node. After a change here or of a version:
//
//     cd tests/page/editor && npm install --no-package-lock && npm run build
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const out = "../../../src/plain_sdk/sandbox/page/static/editor";
const { metafile } = await build({
  entryPoints: ["editor.mjs"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  define: { "process.env.NODE_ENV": '"production"', "globalThis.process": "undefined" },
  legalComments: "none",
  outfile: `${out}.js`,
  metafile: true,
});

// What is bundled is distributed, with the notices that its licences ask for.
const packages = new Set();
for (const input of Object.keys(metafile.inputs)) {
  const found = input.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) packages.add(found[1]);
}
const notices = [...packages].sort().map((name) => {
  const folder = `node_modules/${name}`;
  const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  const text = file ? readFileSync(`${folder}/${file}`, "utf8").trim() : `Licence: ${license}`;
  return `${name} ${version}\n\n${text}\n`;
});
writeFileSync(`${out}.licenses.txt`, notices.join(`\n${"-".repeat(72)}\n\n`));
