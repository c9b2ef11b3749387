#!/usr/bin/env python3
"""Describes each folder of results/ as an RO-Crate 1.1: what each file is, which commands of which program made them.

  scripts/ro-crate.py            writes results/NAME/ro-crate-metadata.json where something changed
  scripts/ro-crate.py --check    exit code 1 if one is not up to date

A date is that of the day on which a description changed. scripts/ro-crate-validate.py judges them.
"""

import datetime
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "results"
NAME = "ro-crate-metadata.json"
FORMATS = {".csv": "text/csv", ".svg": "image/svg+xml", ".png": "image/png", ".html": "text/html", ".md": "text/markdown",
           ".json": "application/json", ".toml": "application/toml"}
WORDS = {"report.html": "The page: every figure, its values, the scenario and the commands",
         "index.md": "The page as Markdown",
         "README.md": "What was found",
         "figures.json": "What the figures show but for the values: words, axes, looks; `rcsim plot` draws them anew from it"}
KINDS = {".csv": "The values in", ".svg": "Figure:", ".png": "Figure:"}
LICENCES = [("https://spdx.org/licenses/MIT", "MIT License"),
            ("https://spdx.org/licenses/Apache-2.0", "Apache License 2.0")]


def version():
    """The version of the program."""
    return re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M).group(1)


def drawn(folder):
    """What figures.json says of the figures of a folder: the page, and the caption of each by its stem."""
    path = folder / "figures.json"
    if not path.exists():
        return {}, {}
    text = json.loads(path.read_text())
    return text["page"], {figure["name"]: figure["caption"] for figure in text["figures"]}


def described(file, folder):
    """A file as an entity of the crate."""
    captions = drawn(file.parent)[1]
    entity = {"@id": file.relative_to(folder).as_posix(), "@type": "File", "name": file.name,
              "encodingFormat": FORMATS.get(file.suffix, "text/plain")}
    if file.name in WORDS:
        entity["description"] = WORDS[file.name]
    elif file.stem in captions and file.suffix in KINDS:
        entity["description"] = f"{KINDS[file.suffix]} {captions[file.stem]}"
    return entity


def heading(folder):
    """What a folder is about: the title of its page, or the first heading of its README."""
    page = drawn(folder)[0]
    if page:
        return page["title"], f"{page['subtitle']}. {'; '.join(f'{name}: {value}' for name, value in page['facts'])}"
    readme = folder / "README.md"
    lines = [line for line in readme.read_text().splitlines() if line.strip()]
    return lines[0].lstrip("# "), re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", lines[1])


def crate(folder, date):
    """The description of a folder."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name != NAME)
    entities = [described(file, folder) for file in files]
    parts = [{"@id": entity["@id"]} for entity in entities]
    name, description = heading(folder)
    pages = [drawn(one)[0] for one in [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]]
    commands = [command for page in pages for command in page.get("commands", [])]
    program = {"@id": "https://github.com/rcsim/rcsim", "@type": "SoftwareApplication", "name": "rcsim",
               "url": "https://github.com/rcsim/rcsim", "version": version()}
    graph = [
        {"@id": NAME, "@type": "CreativeWork", "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"}, "about": {"@id": "./"}},
        {"@id": "./", "@type": "Dataset", "name": name, "description": description, "datePublished": date,
         "license": [{"@id": licence} for licence, _ in LICENCES], "hasPart": parts,
         "author": {"@id": "#authors"}, "publisher": {"@id": "#authors"}},
        {"@id": "#authors", "@type": "Organization", "name": "The rcsim authors"},
        *[{"@id": licence, "@type": "CreativeWork", "name": words} for licence, words in LICENCES],
        program, *entities,
    ]
    if commands:
        graph[1]["mentions"] = {"@id": "#made"}
        graph.append({"@id": "#made", "@type": "CreateAction", "name": "How it was made", "description": "\n".join(commands),
                      "instrument": {"@id": program["@id"]}, "result": parts, "endTime": date})
    return {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}


def dateless(text):
    """A description without its dates."""
    return re.sub(r'"(datePublished|endTime)": "[-0-9]*"', "", text)


def main(arguments):
    """Writes or checks all."""
    if not set(arguments) <= {"--check"}:
        print(__doc__.split("\n\n", 1)[1], end="", file=sys.stderr)
        return 2
    wrong = 0
    for folder in sorted(path for path in RESULTS.iterdir() if path.is_dir()):
        path = folder / NAME
        there = path.read_text() if path.exists() else ""
        text = json.dumps(crate(folder, datetime.date.today().isoformat()), indent=1, ensure_ascii=False) + "\n"
        if dateless(text) != dateless(there):
            if arguments:
                print(f"{path.relative_to(ROOT)} is not up to date: scripts/ro-crate.py writes it")
                wrong += 1
            else:
                path.write_text(text)
                print(path.relative_to(ROOT))
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
