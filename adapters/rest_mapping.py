"""What a mapping file says of a `rest` source: which calls to make and what their answers say in our terms.

It is the allow-list: an address that it does not name is never called, a member that it does not name is
never read. Identities fill only the named slots of its templates, and only as encoded values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from adapters.rest_pick import Pick
from agreements.duration import Duration
from agreements.terms import Category

Rows = Mapping[Pick, tuple[str, ...]]
"""For some picks the words that one of their values must be."""

_SLOT: Final = re.compile(r"\{([a-z_]+)\}")


class Method(StrEnum):
    GET = "GET"
    POST = "POST"


class When(StrEnum):
    """A search is made always, or only where the others leave nobody found."""

    ALWAYS = "always"
    UNMATCHED = "unmatched"


class Dates(StrEnum):
    """How a source writes dates."""

    ISO = "YYYY-MM-DD"
    BASIC = "YYYYMMDD"
    DAY_FIRST = "DD/MM/YYYY"
    MONTH_FIRST = "MM/DD/YYYY"
    DOTTED = "DD.MM.YYYY"


class ClientPlace(StrEnum):
    """Where an OAuth 2 client says who it is (RFC 6749, 2.3.1)."""

    HEADER = "header"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Template:
    """Text with `{slots}`."""

    text: str

    @property
    def slots(self) -> frozenset[str]:
        return frozenset(_SLOT.findall(self.text))

    def fill(self, values: Mapping[str, str]) -> str | None:
        """The text with every slot filled; None if there is nothing to put into one of them."""
        if not all(values.get(slot) for slot in self.slots):
            return None
        return _SLOT.sub(lambda match: values[match[1]], self.text)


@dataclass(frozen=True, slots=True)
class OAuth2:
    """OAuth 2 client credentials (RFC 6749, 4.4) at `path`, or where the site says."""

    path: str
    scope: str | None = None
    client: ClientPlace = ClientPlace.HEADER


@dataclass(frozen=True, slots=True)
class ApiKey:
    header: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Basic:
    """HTTP Basic authentication (RFC 7617) on every call."""


@dataclass(frozen=True, slots=True)
class Session:
    """User name and password sent once as JSON, for a token that goes with every call."""

    path: str
    user: str
    password: str
    token: Pick
    life: Duration


Auth = OAuth2 | ApiKey | Basic | Session


@dataclass(frozen=True, slots=True)
class PageNumbers:
    page: str
    size: str
    of: int
    first: int = 1
    total: Pick | None = None


@dataclass(frozen=True, slots=True)
class Offsets:
    offset: str
    limit: str
    of: int
    total: Pick | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    parameter: str
    next: Pick
    size: str | None = None
    of: int = 100


@dataclass(frozen=True, slots=True)
class NextLink:
    next: Pick


Paging = PageNumbers | Offsets | Cursor | NextLink


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `select` is the parameter that names, with commas between them, the members wanted."""

    path: Template
    method: Method = Method.GET
    query: Mapping[str, Template] = field(default_factory=dict)
    body: Mapping[str, Template] = field(default_factory=dict)
    select: str | None = None

    def templates(self) -> Iterator[Template]:
        yield from (self.path, *self.query.values(), *self.body.values())


@dataclass(frozen=True, slots=True)
class Listing:
    """A call answered by a list: the array at `items` (the whole answer if None), page by page."""

    request: Request
    items: Pick | None
    paging: Paging | None


@dataclass(frozen=True, slots=True)
class Search:
    """`narrower` are further parameters for when there are too many answers to read."""

    request: Request
    system: str | None = None
    when: When = When.ALWAYS
    narrower: Mapping[str, Template] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ErrorShape:
    """An answer with status 200 is none if the pick finds something there that is not one of `unless`."""

    at: Pick
    unless: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AddressPicks:
    line: Pick | None = None
    city: Pick | None = None
    region: Pick | None = None
    postal_code: Pick | None = None
    country: Pick | None = None


@dataclass(frozen=True, slots=True)
class IdentifierPick:
    system: str
    value: Pick


@dataclass(frozen=True, slots=True)
class NamePicks:
    """Further names, one in each value of `each`; what is missing is taken from the first name."""

    family_name: tuple[Pick, ...] = ()
    given_name: tuple[Pick, ...] = ()
    each: Pick | None = None


@dataclass(frozen=True, slots=True)
class PersonPicks:
    """Several picks of one name are its parts, in this order."""

    family_name: tuple[Pick, ...]
    given_name: tuple[Pick, ...]
    birth_date: Pick
    dates: Dates = Dates.ISO
    identifiers: tuple[IdentifierPick, ...] = ()
    address: AddressPicks = AddressPicks()
    other_names: tuple[NamePicks, ...] = ()


@dataclass(frozen=True, slots=True)
class VenuePicks:
    name: Pick
    address: AddressPicks = AddressPicks()


@dataclass(frozen=True, slots=True)
class CommunicationPicks:
    channel: Pick | None = None
    channel_is: str | None = None
    handle: Pick | None = None
    text: Pick | None = None


IdentityPicks = PersonPicks | VenuePicks | CommunicationPicks


@dataclass(frozen=True, slots=True)
class RecordRequest:
    """How one record is read by its key: the object at `item`, or the whole answer."""

    request: Request
    item: Pick | None = None


@dataclass(frozen=True, slots=True)
class RowsRequest:
    """How a category's rows are read by the key of a subject, which each row must repeat at `subject`."""

    listing: Listing
    subject: Pick
    key: Pick | None = None


@dataclass(frozen=True, slots=True)
class CategoryRows:
    """A category's rows: `request` reads them, else they are what `rows` finds in the record, else that.

    A row counts if it passes `where` and `leave_out` and some pick of `present`, if given, has a value.
    """

    request: RowsRequest | None = None
    rows: Pick | None = None
    where: Rows = field(default_factory=dict)
    leave_out: Rows = field(default_factory=dict)
    present: tuple[Pick, ...] = ()
    summary: tuple[Pick, ...] = ()
    fields: Mapping[str, Pick] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Register:
    """Subjects of one kind: how to search for them, who they are, and what is held about each."""

    searches: tuple[Search, ...]
    items: Pick | None
    paging: Paging | None
    key: Pick
    identity: IdentityPicks
    where: Rows
    leave_out: Rows
    record: RecordRequest | None
    categories: Mapping[Category, CategoryRows]


@dataclass(frozen=True, slots=True)
class RestMapping:
    """A whole mapping."""

    auth: Auth | None
    health: str
    errors: tuple[ErrorShape, ...]
    people: Register | None
    venues: Register | None
    communications: Register | None
