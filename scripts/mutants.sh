#!/usr/bin/env bash
# Mutation testing of what decides about order: the checker, the tracker of R(t) and the protocol. Takes hours; give
# cargo-mutants' own options to narrow it, for example `scripts/mutants.sh -f 'src/checker/*.rs'`.
#
# Needs cargo-mutants (`cargo install --locked cargo-mutants`). A mutant that survives is to be killed by a new test or
# explained.
set -euo pipefail
cd "$(dirname "$0")/.."
scope=("$@")
if [ ${#scope[@]} -eq 0 ]; then
  scope=(-f 'src/checker/*.rs' -f 'src/recovery/*.rs' -f 'src/protocol/**/*.rs')
fi
# Fewer random worlds per mutant: a mutant that only the thousandth world would see counts as a survivor.
export RCSIM_WORLDS=${RCSIM_WORLDS:-600}
exec cargo mutants --profile mutants --jobs "${JOBS:-2}" --timeout 60 --output target "${scope[@]}" -- --lib --locked
