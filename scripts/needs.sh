# For other scripts, which source it: says what they lack, and ends with 2.

# needs PROGRAM WHERE-FROM: is there such a program?
needs() {
  command -v "$1" >/dev/null 2>&1 || { echo "${0##*/}: there is no $1 here: $2" >&2; exit 2; }
}

# needs_rcsim PROGRAM: prints the path of the program; it must have been built.
needs_rcsim() {
  found=$(command -v "$1" 2>/dev/null) || {
    echo "${0##*/}: there is no program $1: build it (cargo build --release --locked), or set RCSIM to it" >&2
    exit 2
  }
  readlink -f "$found"
}
