"""Laws of the ODRL format: a round trip loses nothing, and no change of a document is passed over."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.agreement import Agreement
from agreements.fault import InvalidDocument
from agreements.odrl_export import odrl_policy
from agreements.odrl_import import odrl_agreement
from tests.properties.test_agreement_parser import agreements


def written(agreement: Agreement) -> Any:
    return json.loads(json.dumps(odrl_policy(agreement)))


@given(agreements())
@settings(max_examples=80, deadline=None)
def test_what_is_written_reads_back_as_itself(agreement: Agreement) -> None:
    assert odrl_agreement(written(agreement), "f") == agreement


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place below the context."""
    steps: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for step, item in steps:
        if step != "@context":
            yield (*path, step)
            yield from places(item, (*path, step))


STRANGE = st.sampled_from([None, True, 7, "x", [], {}, {"@id": "pg:none"}, [{"@id": "pg:none"}], "pg:none"])


@given(agreements(), st.data())
@settings(max_examples=150, deadline=None)
def test_nothing_that_is_changed_goes_unnoticed(agreement: Agreement, data: st.DataObject) -> None:
    """A value put in place of another is refused, or it is another agreement: nothing is passed over."""
    document = copy.deepcopy(written(agreement))
    path = data.draw(st.sampled_from(list(places(document))))
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    before, after = parent[path[-1]], data.draw(STRANGE)
    parent[path[-1]] = after
    try:
        read = odrl_agreement(document, "f")
    except InvalidDocument:
        return
    assert read != agreement or written(read) == document or _says_nothing(before, after)


def _says_nothing(before: Any, after: Any) -> bool:
    """Whether a part that was empty is still empty, in another way."""
    silent: list[Any] = [[], {"@list": []}, [{"@id": "pg:none"}], {"@id": "pg:none"}]
    return before == after or (before in silent and after in silent)
