// Builds styles/ and scripts/ into dist/ and writes dist/manifest.json: source name -> built name with its content hash.
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { build } from "esbuild";

const ENTRIES = ["styles/staff.css", "styles/public.css", "styles/designer.css", "styles/print.css"];
const scripts = readdirSync("scripts").filter((name) => name.endsWith(".js")).map((name) => `scripts/${name}`);

rmSync("dist", { recursive: true, force: true });
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
  loader: { ".woff": "file", ".woff2": "file", ".ttf": "file", ".eot": "file", ".svg": "file" },
  legalComments: "linked",
  metafile: true,
  logLevel: "warning",
});
const manifest = {};
for (const [file, made] of Object.entries(built.metafile.outputs)) {
  if (made.entryPoint) manifest[basename(made.entryPoint)] = { file: basename(file), bytes: made.bytes };
}
writeFileSync("dist/manifest.json", JSON.stringify(manifest, null, 1));
