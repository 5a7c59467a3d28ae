#!/bin/sh
# Writes what all that is handed out is made of, as a CycloneDX document: sbom.sh FILE
#
# cargo-cyclonedx, which is built at first, writes a document for a crate; those of ffi, command, python and web together name every crate
# that is linked into anything. Its serial number, its time and the folder are left out, so that the same sources give the same bytes.
set -eu
cd "$(dirname -- "$0")/.."
export PATH="$PWD/build/tools/bin:$PATH"
command -v cargo-cyclonedx >/dev/null || ${CARGO:-cargo} install --locked --quiet --root build/tools cargo-cyclonedx
name=.sbom.$$
trap 'find . -maxdepth 2 -name "$name*" -delete' EXIT
${CARGO:-cargo} cyclonedx --quiet --format json --override-filename "$name" >/dev/null
python3 - "$1" command/$name.json ffi/$name.json python/$name.json web/$name.json <<'END'
import json
import sys
from pathlib import Path

target, *sources = sys.argv[1:]
# Own crates are named by the folder in which they lie here.
documents = [json.loads(Path(source).read_text().replace(f"file://{Path.cwd()}", "file:///ikewhy")) for source in sources]
whole = documents[0]
whole.pop("serialNumber", None)
whole["metadata"].pop("timestamp", None)


def merged(part, key):
    found = {entry[key]: entry for document in documents for entry in document.get(part, [])}
    return [found[name] for name in sorted(found)]


own = [document["metadata"]["component"] for document in documents]
whole["metadata"]["component"] = {"type": "application", "name": "ikewhy", "version": own[0]["version"], "bom-ref": "ikewhy",
                                  "components": own}
whole["components"] = merged("components", "bom-ref")
whole["dependencies"] = merged("dependencies", "ref")
with open(target, "w") as out:
    json.dump(whole, out, indent=1, sort_keys=True)
    out.write("\n")
END
