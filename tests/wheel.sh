#!/usr/bin/env bash
# Builds the wheel and tries it in an environment of its own, away from the checkout: `tests/wheel.sh PYTHON`.
# What it proves: that everything a command needs is inside the wheel. It needs the ordinary package registry.
set -euo pipefail

python=${1:?usage: tests/wheel.sh PYTHON (one that has the package build)}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case $python in */*) python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python") ;; esac
work=$(mktemp -d)
trap 'status=$?; rm -rf "$work"; [ "$status" -eq 0 ] || echo "wheel: FAILED (line $LINENO)" >&2' EXIT

fail() {
    echo "wheel: $*" >&2
    exit 1
}

cd "$root"
"$python" -m build --wheel --outdir "$work/dist" . >"$work/build.log" 2>&1 || { cat "$work/build.log" >&2; fail "not built"; }
wheel=$(ls "$work"/dist/tongguan-*.whl)

"$python" - "$wheel" <<'PYTHON'
import sys
import zipfile

names = set(zipfile.ZipFile(sys.argv[1]).namelist())
needed = {
    "federation/schema/exchange.schema.json",
    "policies/model.conf",
    *(f"democity/city/{name}" for name in ("exchange.yaml", "policy.csv", "question.graphql", "question.json")),
    "democity/city/accesses.graphql",
    *(f"democity/city/{name}" for name in ("lists.yaml", "divisions.yaml", "stories/meals.graphql")),
    *(f"portal/static/{name}" for name in ("portal.css", "portal.js", "department.js", "editor/analyse.js", "officer.js", "mark.svg")),
    *(f"portal/templates/{name}.html" for name in ("base", "committee", "department", "error", "parts", "sign_in")),
}
missing = sorted(needed - names)
foreign = sorted(name for name in names if name.startswith(("tests/", "benchmarks/", "docs/", ".state/")))
if missing or foreign:
    sys.exit(f"wheel: missing {missing}, and not to be there {foreign}")
PYTHON

"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$root/constraints.txt" "$wheel"

# From here on the checkout is out of reach: another folder, no PYTHONPATH, and settings of nobody.
mkdir "$work/elsewhere"
cd "$work/elsewhere"
unset PYTHONPATH
for name in ${!TONGGUAN_@}; do unset "$name"; done
tongguan=$work/venv/bin/tongguan
home=$work/home

"$tongguan" --version | grep -q '^tongguan' || fail "no version"
"$tongguan" demo build --home "$home" --residents 2000 | grep -q '^Built' || fail "no demo city"
"$tongguan" compose --home "$home" >supergraph.graphql
grep -q 'join__Graph' supergraph.graphql || fail "no supergraph"
echo '{ residents { nodes { name phone } } }' | "$tongguan" plan --home "$home" --as analyst - >plan.txt
grep -q 'population' plan.txt || fail "no plan"
"$tongguan" decide --home "$home" --as analyst Resident.phone | grep -q 'phone-partial' || fail "no decision"
"$tongguan" audit search --home "$home" --as officer "$("$tongguan" demo somebody --home "$home")" >found.txt 2>&1
"$tongguan" audit checkpoint --home "$home" --out checkpoint.txt >/dev/null
"$tongguan" audit verify --home "$home" --checkpoint checkpoint.txt | grep -q '^The log is consistent' || fail "not verified"

echo "wheel: $(basename "$wheel") works in an environment of its own"
