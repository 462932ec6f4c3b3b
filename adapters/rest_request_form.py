"""Forms of calls in a `rest` mapping: paths, parameters with slots, paging, picks and filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from adapters.rest_mapping import (
    Cursor,
    Method,
    NextLink,
    Offsets,
    PageNumbers,
    Paging,
    Request,
    Rows,
    Template,
)
from adapters.rest_pick import PICK_PATTERN, Pick
from agreements.form import Complaint, Form, list_of, mapping_of
from agreements.record import Key, optional, record, required, tagged
from agreements.scalar import integer, number_like, text, word_of

_EXPECTED_PICK: Final = "a pick such as attributes.names[0].family"

PICK: Final[Form[Pick]] = text(maximum=256, pattern=PICK_PATTERN, expected=_EXPECTED_PICK).into(Pick.parse)
PATH: Final = text(
    maximum=256,
    pattern=r"(?:/[A-Za-z0-9_~$@-][A-Za-z0-9._~$@-]*)+",
    expected="a path such as /api/v2/cases, of letters, digits and . _ ~ $ @ -",
)
KEYED_PATH: Final = text(
    maximum=256,
    pattern=r"(?:/(?:[A-Za-z0-9_~$@-][A-Za-z0-9._~$@-]*|\{id\}))+",
    expected="a path such as /api/v2/cases/{id}",
)
PARAMETER: Final = text(
    maximum=100, pattern=r"[A-Za-z_$@][A-Za-z0-9_$@.:\[\]-]*", expected="the name of a parameter"
)
_WORD: Final = number_like(text(maximum=100))
_TEMPLATE: Final[Form[Template]] = number_like(
    text(
        maximum=500,
        pattern=r"[^{}]*(?:\{[a-z_]+\}[^{}]*)*",
        expected="text, with slots such as {family_name}",
    )
).into(Template)


def request_keys(path: Form[str] = PATH) -> dict[str, Key]:
    """The keys of every call; an identity never stands in a path."""
    return {
        "path": required(path.into(Template), "Path below the source's address."),
        "method": optional(word_of(Method), Method.GET, "GET, or POST with a JSON body."),
        "query": optional(templates_form(), {}, "Parameters in the address."),
        "body": optional(templates_form(), {}, "Members of the JSON body, with dots for inner ones."),
        "select": optional(PARAMETER, None, "The parameter that lists the members wanted."),
    }


def templates_form() -> Form[Mapping[str, Template]]:
    return mapping_of(PARAMETER, _TEMPLATE)


def check_call(
    request: Request, known: frozenset[str], paging: Paging | None, more: Iterable[str] = ()
) -> Iterable[Complaint]:
    """The rules between a call's parts: known slots, a body only where one is sent, names that can nest."""
    for where, templates in (("query", request.query), ("body", request.body)):
        for name, template in templates.items():
            if not template.slots <= known:
                yield Complaint((where, name), f"no slots but {', '.join(sorted(known))}")
    if request.method is Method.GET:
        if request.body:
            yield Complaint(("body",), "the method POST")
        return
    names = [*request.body, *more, *_parameters(paging)]
    if any(other.startswith(f"{name}.") for name in names for other in names):
        yield Complaint(("body",), "no member within another that is itself a value")


def _parameters(paging: Paging | None) -> list[str]:
    """The names that turning pages adds."""
    if isinstance(paging, PageNumbers):
        return [paging.page, paging.size]
    if isinstance(paging, Offsets):
        return [paging.offset, paging.limit]
    if isinstance(paging, Cursor):
        return [name for name in (paging.parameter, paging.size) if name is not None]
    return []


def filters_form() -> Form[Rows]:
    return mapping_of(PICK, list_of(_WORD, minimum=1))


def paging_form() -> Form[Paging]:
    size = integer(1, 1000)
    total = optional(PICK, None, "Where the answer says how many there are in all.")
    return tagged(
        "kind",
        {
            "page": record(
                PageNumbers,
                {
                    "page": required(PARAMETER, "Parameter with the number of the page."),
                    "size": required(PARAMETER, "Parameter with the size of a page."),
                    "of": required(size, "How many to ask for at a time."),
                    "first": optional(integer(0, 1), 1, "Number of the first page."),
                    "total": total,
                },
            ),
            "offset": record(
                Offsets,
                {
                    "offset": required(PARAMETER, "Parameter with how many to pass over."),
                    "limit": required(PARAMETER, "Parameter with how many to give."),
                    "of": required(size, "How many to ask for at a time."),
                    "total": total,
                },
            ),
            "cursor": record(
                Cursor,
                {
                    "parameter": required(PARAMETER, "Parameter with the cursor."),
                    "next": required(
                        PICK, "Where the answer gives the next cursor; absent on the last page."
                    ),
                    "size": optional(PARAMETER, None, "Parameter with the size of a page."),
                    "of": optional(size, 100, "How many to ask for at a time."),
                },
            ),
            "link": record(
                NextLink,
                {"next": required(PICK, "Where the answer links the next page; absent on the last.")},
            ),
        },
    )
