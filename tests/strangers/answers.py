"""Reads what members take along as FHIR with a library that is not ours (fhir.resources), in R5 and in R4B.

usage: answers.py FOLDER   every *.json in it is a Bundle
"""

import copy
import json
import pathlib
import sys

from fhir.resources.R4B.bundle import Bundle as BundleR4
from fhir.resources.bundle import Bundle as BundleR5

READERS = [("R5", BundleR5), ("R4B", BundleR4)]


def takes(reader, bundle):
    try:
        reader.model_validate(bundle)
    except Exception as why:  # the library has several kinds of no
        return str(why)
    return None


def broken(bundle):
    """The same with one thing wrong each; a reader that takes these reads nothing."""
    for entry in range(len(bundle.get("entry", []))):
        for field, value in [("status", None), ("item", "none"), ("resourceType", "Nothing")]:
            spoilt = copy.deepcopy(bundle)
            resource = spoilt["entry"][entry]["resource"]
            if value is None:
                del resource[field]
            else:
                resource[field] = value
            yield f"entry {entry}, {field} = {value}", spoilt


def main():
    files = sorted(pathlib.Path(sys.argv[1]).glob("*.json"))
    taken = objected = failed = 0
    for file in files:
        bundle = json.loads(file.read_text())
        for name, reader in READERS:
            why = takes(reader, bundle)
            if why is None:
                taken += 1
            else:
                failed += 1
                print(f"{file.name} is not taken as {name}: {why}")
        for what, spoilt in broken(bundle):
            for name, reader in READERS:
                if takes(reader, spoilt) is None:
                    failed += 1
                    print(f"{file.name}, {what}: {name} does not object")
                else:
                    objected += 1
    print(f"{taken} of {len(files) * len(READERS)} bundles are taken by fhir.resources (R5 and R4B), {objected} broken ones are not")
    if failed or not files:
        sys.exit(1)


main()
