#!/bin/sh
# Compiles what the roles load, into the cache that `interlock` names to Node (record 0020). Loading is all it takes.
set -eu
export NODE_COMPILE_CACHE=/usr/lib/interlock/compiled
node $INTERLOCK_NODE_OPTIONS --disable-warning=ExperimentalWarning --input-type=module --eval '
  import { readdirSync } from "node:fs";
  const folder = "/usr/lib/interlock/src/commands/";
  for (const file of readdirSync(folder)) if (file.endsWith(".ts")) await import(folder + file);
  process.exit();'
interlock help > /dev/null
# Node has a folder for each user. Extensions and proxies run as nginx, and their code is the same.
cd "$NODE_COMPILE_CACHE"
for folder in *-0; do ln -s "$folder" "${folder%-0}-101"; done
