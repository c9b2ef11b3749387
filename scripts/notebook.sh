#!/usr/bin/env bash
# Executes examples/lag-against-reordering.ipynb, which draws the headline figure from Python, in an environment that it
# makes by itself (out/notebook; Python 3.9 or later), and writes its output into it. It fails if a mean or an interval
# differs from results/reordering by a single bit.
set -euo pipefail
cd "$(dirname "$0")/.."
page=examples/lag-against-reordering.ipynb
environment=out/notebook

command -v python3 >/dev/null || { echo "scripts/notebook.sh: there is no python3 here" >&2; exit 2; }
[ -x "$environment/bin/pip" ] || python3 -m venv "$environment"
"$environment/bin/pip" install --quiet . nbconvert ipykernel matplotlib
"$environment/bin/jupyter" nbconvert --log-level ERROR --to notebook --execute --inplace \
  --ExecutePreprocessor.record_timing=False "$page"
# What hangs on the machine is left out: versions of Python, and the names of its kernels.
"$environment/bin/python" - "$page" <<'PYTHON'
import sys
import nbformat

page = nbformat.read(sys.argv[1], as_version=4)
page.metadata = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
nbformat.write(page, sys.argv[1])
PYTHON
tail=$("$environment/bin/python" -c "import json, sys; print(''.join(json.load(open(sys.argv[1]))['cells'][-1]['outputs'][0]['text']).strip())" "$page")
echo "$page: $tail as in results/reordering"
