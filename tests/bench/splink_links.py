"""Links asked to held people with Splink; run by `environment.run`, where splink is installed.

Reads {"held": [...], "asked": [...], "postcode": bool, "single": count}; a person is a flat object with
`unique_id`, `given_name`, `surname`, `birth` (YYYYMMDD) and `postcode`. Writes the scored pairs, the
seconds that training and linking took, and the seconds of that many single look-ups.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import pandas  # type: ignore[import-not-found, import-untyped, unused-ignore]  # not installed where types are checked
import splink  # type: ignore[import-not-found]  # nor is this
import splink.comparison_library as compare  # type: ignore[import-not-found]  # nor is this


def main() -> None:
    question = json.load(sys.stdin)
    frames = [pandas.DataFrame(question[side]) for side in ("held", "asked")]
    started = time.perf_counter()
    linker = _trained(frames, settings(postcode=question["postcode"], held=len(question["held"])))
    trained = time.perf_counter()
    pairs = linker.inference.predict(threshold_match_probability=0.0001).as_pandas_dataframe()
    linked = time.perf_counter()
    asked_first = pairs["source_dataset_l"] == "asked"
    asked = pairs["unique_id_l"].where(asked_first, pairs["unique_id_r"])
    held = pairs["unique_id_r"].where(asked_first, pairs["unique_id_l"])
    scored = list(zip(asked, held, pairs["match_probability"].astype(float), strict=True))
    answer = {"pairs": scored, "training": trained - started, "linking": linked - trained}
    json.dump({**answer, "single": _single(linker, question)}, sys.stdout)


def settings(*, postcode: bool, held: int) -> Any:
    """Splink's own comparisons for these fields, swapped names and name frequencies among them."""
    comparisons = [
        compare.ForenameSurnameComparison("given_name", "surname"),
        compare.DateOfBirthComparison("birth", input_is_string=True, datetime_format="%Y%m%d"),
    ]
    rules = [
        splink.block_on("birth"),
        splink.block_on("given_name", "surname"),
        splink.block_on("surname", "substr(birth, 1, 4)"),
        splink.block_on("given_name", "substr(birth, 1, 4)"),
    ]
    if postcode:
        comparisons.append(compare.ExactMatch("postcode"))
        rules += [splink.block_on("postcode", "surname"), splink.block_on("postcode", "given_name")]
    return splink.SettingsCreator(
        link_type="link_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=rules,
        probability_two_random_records_match=1 / held,
        retain_intermediate_calculation_columns=False,
    )


def _trained(frames: list[Any], wanted: Any) -> Any:
    linker = splink.Linker(frames, wanted, splink.DuckDBAPI(), input_table_aliases=["held", "asked"])
    linker.training.estimate_u_using_random_sampling(max_pairs=3e6, seed=1)
    for rule in (splink.block_on("birth"), splink.block_on("given_name", "surname")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    return linker


def _single(linker: Any, question: Any) -> list[float]:
    seconds = []
    for person in question["asked"][: question["single"]]:
        started = time.perf_counter()
        rules = ["l.birth = r.birth", "l.given_name = r.given_name and l.surname = r.surname"]
        linker.inference.find_matches_to_new_records([{**person, "source_dataset": "asked"}], rules)
        seconds.append(time.perf_counter() - started)
    return seconds


if __name__ == "__main__":
    main()
