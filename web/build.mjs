// Builds styles/, scripts/ and the mark of the house into dist/ and writes dist/manifest.json: source name -> built name with its content hash.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { build } from "esbuild";

const ENTRIES = ["styles/staff.css", "styles/public.css", "styles/designer.css", "styles/print.css"];
const scripts = readdirSync("scripts").filter((name) => name.endsWith(".js")).map((name) => `scripts/${name}`);

const built = await build({
  entryPoints: [...ENTRIES, ...scripts],
  outdir: "dist",
  outbase: ".",
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome86", "firefox78", "safari14"],
  supported: { destructuring: true }, // all three have it; esbuild refuses it for one rare form that old Safari gets wrong
  loader: { ".woff": "file", ".woff2": "file", ".ttf": "file", ".eot": "file", ".svg": "file" },
  legalComments: "linked",
  metafile: true,
  logLevel: "warning",
});
// only a build that came out replaces the one before it
const mark = readFileSync("icons/mark.svg");
const icon = `mark-${createHash("sha256").update(mark).digest("hex").slice(0, 8).toUpperCase()}.svg`;
writeFileSync(`dist/${icon}`, mark);
const made = new Set(["manifest.json", "stamp", icon, ...Object.keys(built.metafile.outputs).map((file) => basename(file))]);
for (const old of readdirSync("dist")) if (!made.has(old.replace(/\.LEGAL\.txt$/, ""))) rmSync(`dist/${old}`, { recursive: true });
const manifest = { "mark.svg": { file: icon, bytes: mark.length } };
for (const [file, one] of Object.entries(built.metafile.outputs)) {
  if (one.entryPoint) manifest[basename(one.entryPoint)] = { file: basename(file), bytes: one.bytes };
}
writeFileSync("dist/manifest.json", JSON.stringify(manifest, null, 1));
