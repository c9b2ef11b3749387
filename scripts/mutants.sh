#!/usr/bin/env bash
# Mutation testing of what decides about order: the checker, the tracker of R(t) and the protocol.
#
# Twice: every mutant against the quick tests of the library, then what survived against all of them. What survives
# both is compared with docs/mutants.md, which explains every mutant that makes no difference; anything else is
# printed, and to be killed by a new test or explained there. About two hours on two cores. A run that is broken off
# goes on where it stopped, by the places of the mutants; after a change of the code, begin anew: remove
# target/mutants.out. To narrow it, give cargo-mutants' own options: `scripts/mutants.sh -f 'src/checker/*.rs'`. Sooner,
# and for nearly all of them: scripts/mutants-at-once.py.
#
# Needs cargo-mutants and cargo-nextest (`cargo install --locked cargo-mutants cargo-nextest`).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh
needs cargo "install Rust, https://rustup.rs"
needs cargo-mutants "cargo install --locked cargo-mutants"
needs cargo-nextest "cargo install --locked cargo-nextest"
scope=("$@")
if [ ${#scope[@]} -eq 0 ]; then
  scope=(-f 'src/checker/*.rs' -f 'src/recovery/*.rs' -f 'src/collections/*.rs' -f 'src/protocol/**/*.rs')
fi

# A mutant that never ends may fill the memory before its time is over.
ulimit -v $((12 << 20))

# cargo-mutants answers 2 for mutants missed and 3 for tests that did not end.
mutants() {
  cargo mutants --iterate --profile mutants --jobs "${JOBS:-2}" --timeout "$1" --test-tool nextest --output target \
    --cargo-arg=--lib "${scope[@]}" -- --locked -E "$2" || [ $? -eq 2 ] || [ $? -eq 3 ]
}

# The random worlds are few at first: what only the thousandth would show is left to the second round.
quick='not (test(/^(hardware|report|sweep|scenario|cli|metrics|explain|regress|engine|trace)::/)
  | test(/every_tamper|each_item_of_non_volatile|every_fault_is_survived/))'
RCSIM_WORLDS=60 mutants 40 "$quick"
cat target/mutants.out/timeout.txt >> target/mutants.out/caught.txt # A test that does not end has failed.
RCSIM_WORLDS=600 mutants 300 'all()'

survivors=$(sed -E 's/:[0-9]+:[0-9]+: / /' target/mutants.out/missed.txt | sort)
unexplained=$(comm -23 <(echo "$survivors") <(grep '^src/' docs/mutants.md | sort))
if [ -n "$unexplained" ]; then
  printf 'not killed, and not explained in docs/mutants.md:\n%s\n' "$unexplained"
  exit 1
fi
echo "$(cargo mutants --list "${scope[@]}" | wc -l) mutants, $(grep -c . target/mutants.out/missed.txt || true) fail no test, each explained"
