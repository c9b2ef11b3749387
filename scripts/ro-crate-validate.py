#!/usr/bin/env python3
"""Judges RO-Crates by the validator of PyPI without a network: the JSON-LD context comes out of the package rocrate.

  scripts/ro-crate-validate.py FOLDER..      (pip install roc-validator rocrate)

Exit code 1 if a folder does not meet what RO-Crate 1.1 requires.
"""

import email
import io
import subprocess
import sys
import urllib.request
import urllib.response
from pathlib import Path

CONTEXT = "https://w3id.org/ro/crate/1.1/context"


def serve_context():
    """Answers requests for the context, by either library that the validator uses, from the package."""
    import requests
    import rocrate
    text = (Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld").read_bytes()
    over_network = requests.adapters.HTTPAdapter.send

    class Local(urllib.request.HTTPSHandler):
        """What rdflib opens."""

        def https_open(self, request):
            """Opens the context, or goes on."""
            if not request.full_url.startswith(CONTEXT):
                return super().https_open(request)
            head = email.message_from_string("Content-Type: application/ld+json\n\n")
            answer = urllib.response.addinfourl(io.BytesIO(text), head, request.full_url, 200)
            answer.msg = "OK"
            return answer

    def send(adapter, request, **options):
        if not request.url.startswith(CONTEXT):
            return over_network(adapter, request, **options)
        answer = requests.Response()
        answer.status_code, answer.reason, answer.url, answer.request = 200, "OK", request.url, request
        answer.headers["Content-Type"] = "application/ld+json"
        answer.raw, answer._content = io.BytesIO(text), text
        return answer

    urllib.request.install_opener(urllib.request.build_opener(Local))
    requests.adapters.HTTPAdapter.send = send


def main(folders):
    """Judges each in a process of its own, since the validator ends its own."""
    if len(folders) == 2 and folders[0] == "--one":
        serve_context()
        from rocrate_validator.cli.main import cli
        sys.argv = ["rocrate-validator", "--disable-color", "validate", "--no-paging", "--no-cache", "-p", "ro-crate-1.1",
                    "-l", "required", "-f", "json", folders[1]]
        return cli()
    if not folders:
        print(__doc__.split("\n\n", 1)[1], end="", file=sys.stderr)
        return 2
    wrong = 0
    for folder in folders:
        judged = subprocess.run([sys.executable, __file__, "--one", folder], capture_output=True, text=True)
        if judged.returncode != 0:
            told = [line.strip() for line in (judged.stdout + judged.stderr).splitlines() if '"message"' in line or "Error" in line]
            print("\n  ".join([f"{folder} is not a valid RO-Crate:", *told]))
            wrong = 1
    if not wrong:
        print(f"{len(folders)} folders are valid RO-Crates")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
