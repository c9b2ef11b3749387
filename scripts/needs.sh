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

# needs_python_package PACKAGE FOLDER: prints a Python that has it: $PYTHON or python3, else a new one in FOLDER.
needs_python_package() {
  needs "${PYTHON:-python3}" "install Python 3, or set PYTHON to it"
  python=$(command -v "${PYTHON:-python3}")
  if ! "$python" -c "import $1" 2>/dev/null; then
    [ -x "$2/bin/python" ] || "$python" -m venv "$2" >&2 || exit 2
    python=$2/bin/python
    "$python" -c "import $1" 2>/dev/null || "$python" -m pip install --quiet "$1" >&2 || {
      echo "${0##*/}: there is no Python package $1 here, and pip cannot install it" >&2
      exit 2
    }
  fi
  echo "$python"
}
