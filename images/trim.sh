#!/bin/sh
# trim.sh FOLDER: takes out of FOLDER/node_modules what is never loaded at run time: types, source maps, documentation, tests,
# TypeScript sources of packages, and the CommonJS twins of packages this program (ES modules throughout) imports.
# What is left must still load: the build loads every direct dependency afterwards.
set -eu
cd "$1"
find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -name '*.flow' \
  -o \( -iname '*.md' ! -iname 'licen*' \) -o -iname '*.markdown' -o -name '.package-lock.json' -o -name '*.tsbuildinfo' \) -delete
find node_modules -type d \( -name test -o -name tests -o -name __tests__ -o -name docs -o -name examples -o -name example \
  -o -name bench -o -name benchmarks -o -name benchmark -o -name .github \) -prune -exec rm -rf {} +
find node_modules -type f \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' \) -delete
rm -rf node_modules/@types node_modules/undici-types node_modules/zod/src \
  node_modules/@bufbuild/protobuf/dist/cjs node_modules/@connectrpc/connect/dist/cjs node_modules/@connectrpc/connect-node/dist/cjs \
  node_modules/.bin package-lock.json
find node_modules -type d -empty -delete
node -e 'const all = Object.keys(require("./package.json").dependencies);
  Promise.all(all.map((name) => import(name))).catch((error) => { console.error(error); process.exit(1); });'
