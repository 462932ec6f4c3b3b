"""The form of a `rest` mapping file: YAML read strictly, and the JSON Schema an editor checks it with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from adapters.rest_auth_form import auth_form
from adapters.rest_identity_form import communication_form, person_form, venue_form
from adapters.rest_mapping import (
    CategoryRows,
    ErrorShape,
    IdentityPicks,
    Listing,
    Paging,
    RecordRequest,
    Register,
    Request,
    RestMapping,
    RowsRequest,
    Search,
    When,
)
from adapters.rest_request_form import (
    KEYED_PATH,
    PATH,
    PICK,
    check_call,
    filters_form,
    paging_form,
    request_keys,
    templates_form,
)
from agreements.form import Complaint, Form, from_yaml, list_of, mapping_of, set_of
from agreements.record import Key, optional, record, required
from agreements.scalar import integer, number_like, text, word_of
from agreements.terms import Category

_SYSTEM: Final = text(maximum=200)
_WORD: Final = number_like(text(maximum=100))
_FIELD: Final = text(maximum=64, pattern="[a-z][a-z0-9_]*", expected="a field name such as plan_date")

_PERSON_SLOTS: Final = frozenset({"family_name", "given_name", "birth_date", "identifier", "postal_code"})
_VENUE_SLOTS: Final = frozenset({"name", "line", "city", "postal_code"})
_COMMUNICATION_SLOTS: Final = frozenset({"channel", "handle", "text"})
_KEY_SLOT: Final = frozenset({"id"})
_ALL_SLOTS: Final = _PERSON_SLOTS | _VENUE_SLOTS | _COMMUNICATION_SLOTS


def read_rest_mapping(source: bytes | str, file: str) -> RestMapping:
    """Read a mapping file; `file` is only named in errors.

    Raises:
        InvalidDocument: with file, line, key and what was expected, for every error found.
    """
    return from_yaml(source, file, rest_mapping_form())


def rest_mapping_form() -> Form[RestMapping]:
    """The form of the file, which also yields its JSON Schema."""
    return record(
        _mapping,
        {
            "schema": required(integer(1, 1), "Version of this form."),
            "auth": optional(
                auth_form(), None, "How the gateway says who it is; without it nothing is sent."
            ),
            "health": required(PATH, "A call about nobody that answers JSON while the source works."),
            "errors": optional(
                list_of(_error_form(), unique=False), (), "What an error looks like under status 200."
            ),
            "people": optional(_register_form("person", person_form(), _PERSON_SLOTS), None, "People."),
            "venues": optional(_register_form("venue", venue_form(), _VENUE_SLOTS), None, "Venues."),
            "communications": optional(
                _register_form("communication", communication_form(), _COMMUNICATION_SLOTS),
                None,
                "Communications.",
            ),
        },
    ).also(_knows_somebody)


def _mapping(schema: int, **keys: object) -> RestMapping:  # noqa: ARG001 - the form has already held it to 1
    return RestMapping(**keys)  # type: ignore[arg-type]  # the form has checked each value


def _knows_somebody(mapping: RestMapping) -> Iterable[Complaint]:
    if mapping.people is None and mapping.venues is None and mapping.communications is None:
        yield Complaint((), "at least one of people, venues, communications")


def _error_form() -> Form[ErrorShape]:
    return record(
        ErrorShape,
        {
            "at": required(PICK, "Where the answer says that it is an error."),
            "unless": optional(set_of(_WORD), frozenset(), "Words there that mean it is none."),
        },
    )


def _register_form(kind: str, identity: Form[IdentityPicks], slots: frozenset[str]) -> Form[Register]:
    def build(**keys: object) -> Register:
        keys["identity"] = keys.pop(kind)
        return Register(**keys)  # type: ignore[arg-type]  # the form has checked each value

    return record(
        build,
        {
            "searches": required(list_of(_search_form(slots), minimum=1, unique=False), "How to search."),
            "items": optional(PICK, None, "The array in a search's answer; without it the whole answer."),
            "paging": optional(paging_form(), None, "How long lists are given; without it, at once."),
            "key": required(PICK, "What tells records apart."),
            kind: required(identity, "Who or what a record is about."),
            "where": optional(filters_form(), {}, "Only records with one of these words at each pick."),
            "leave_out": optional(filters_form(), {}, "No record with one of these words at any pick."),
            "record": optional(_record_form(), None, "How one record is read by its key."),
            "categories": required(
                mapping_of(word_of(Category), _category_form(), minimum=1), "What is held, by category."
            ),
        },
    ).also(_records_are_read)


def _records_are_read(register: Register) -> Iterable[Complaint]:
    for index, search in enumerate(register.searches):
        for said in check_call(search.request, _ALL_SLOTS, register.paging, search.narrower):
            yield Complaint(("searches", index, *said.path), said.expected)
    if register.record is not None:
        return
    for category, rows in register.categories.items():
        if rows.request is None:
            yield Complaint(("categories", category.value), "a request, or a record request above")
    if register.where or register.leave_out:
        yield Complaint((), "a record request, so that where and leave_out can be checked again")


def _search_form(slots: frozenset[str]) -> Form[Search]:
    def build(system: str | None, when: When, narrower: object, **keys: object) -> Search:
        return Search(Request(**keys), system, when, narrower)  # type: ignore[arg-type]  # as above

    keys: dict[str, Key] = {
        **request_keys(),
        "system": optional(_SYSTEM, None, "System of the identifiers that fill {identifier}."),
        "when": optional(word_of(When), When.ALWAYS, "Always, or only where nobody is found otherwise."),
        "narrower": optional(templates_form(), {}, "More parameters, where there are too many answers."),
    }

    def check(search: Search) -> Iterable[Complaint]:
        yield from check_call(search.request, slots, None)
        used = _slots(search)
        if not used:
            yield Complaint((), "at least one slot, or everybody would be listed")
        if ("identifier" in used) != (search.system is not None):
            yield Complaint(("system",), "a system together with the slot {identifier}")
        for name, template in search.narrower.items():
            if not template.slots <= slots:
                yield Complaint(("narrower", name), f"no slots but {', '.join(sorted(slots))}")

    return record(build, keys).also(check)


def _slots(search: Search) -> frozenset[str]:
    return frozenset().union(*(each.slots for each in search.request.templates()))


def _record_form() -> Form[RecordRequest]:
    def build(item: object, **keys: object) -> RecordRequest:
        return RecordRequest(Request(**keys), item)  # type: ignore[arg-type]  # as above

    keys: dict[str, Key] = {
        **request_keys(KEYED_PATH),
        "item": optional(PICK, None, "The record in the answer; without it the whole answer."),
    }
    return record(build, keys).also(lambda read: _by_key(read.request, None))


def _rows_form() -> Form[RowsRequest]:
    def build(items: object, paging: object, subject: object, key: object, **keys: object) -> RowsRequest:
        listing = Listing(Request(**keys), items, paging)  # type: ignore[arg-type]  # as above
        return RowsRequest(listing, subject, key)  # type: ignore[arg-type]  # as above

    keys: dict[str, Key] = {
        **request_keys(KEYED_PATH),
        "items": optional(PICK, None, "The array in the answer; without it the whole answer."),
        "paging": optional(paging_form(), None, "How long lists are given; without it, at once."),
        "subject": required(PICK, "Where each row repeats the key of the record it belongs to."),
        "key": optional(PICK, None, "What tells rows apart; a row given twice then counts once."),
    }
    return record(build, keys).also(lambda rows: _by_key(rows.listing.request, rows.listing.paging))


def _by_key(request: Request, paging: Paging | None) -> Iterable[Complaint]:
    yield from check_call(request, _KEY_SLOT, paging)
    if not any(each.slots for each in request.templates()):
        yield Complaint((), "the slot {id} in some place")


def _category_form() -> Form[CategoryRows]:
    return record(
        CategoryRows,
        {
            "request": optional(_rows_form(), None, "A call of its own."),
            "rows": optional(PICK, None, "Objects within the record; without it the record itself."),
            "where": optional(filters_form(), {}, "Only rows with one of these words at each pick."),
            "leave_out": optional(filters_form(), {}, "No row with one of these words at any pick."),
            "present": optional(list_of(PICK), (), "Only rows with a value at one of these."),
            "summary": optional(list_of(PICK), (), "Values that make the summary, in this order."),
            "fields": optional(mapping_of(_FIELD, PICK), {}, "For each field where its value stands."),
        },
    ).also(_one_place)


def _one_place(rows: CategoryRows) -> Iterable[Complaint]:
    if rows.request is not None and rows.rows is not None:
        yield Complaint(("rows",), "either rows or a request")
