"""Everything the routes call, put together over one site's records and store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters.partner import Partner
from gateway.accounting import Accounting
from gateway.accounts import Accounts
from gateway.activation import Activation
from gateway.afterwards import Afterwards
from gateway.alarming import Alarming
from gateway.api.context import Gateway
from gateway.asking import Asking
from gateway.auditing import Auditing
from gateway.case_reviews import CaseReviews
from gateway.casework import Casework
from gateway.conferring import Conferring
from gateway.consenting import Consenting
from gateway.correcting import Correcting
from gateway.disagreeing import Disagreeing
from gateway.drafting import Drafting
from gateway.duties import DutyBook
from gateway.emergencies import EmergencyReview
from gateway.erasing import Erasing
from gateway.exchange import Exchange
from gateway.exporting import Exporting
from gateway.following import Following
from gateway.governing import Governing
from gateway.identity import Identity
from gateway.inbox import Inbox
from gateway.offering import Offering
from gateway.pace import Pace
from gateway.passing_on import PassingOn
from gateway.policy import Policies
from gateway.receiving import Receiving
from gateway.records import Records
from gateway.replaying import Replaying
from gateway.retention import Retention
from gateway.reviewing import Reviewing
from gateway.second_looking import SecondLooking
from gateway.settling import Settling
from gateway.site import Site
from gateway.store.store import Store
from gateway.tallying import Tallying
from gateway.under_sharing import UnderSharing
from gateway.viewing import Viewing
from gateway.watching import Watching
from gateway.what_if import WhatIf


@dataclass(frozen=True, slots=True)
class Ground:
    """What everything stands on. The two keys make the pseudonyms of exports and draw samples."""

    site: Site
    policies: Policies
    records: Records
    store: Store
    retention: Retention
    following: Following
    export_key: bytes
    sample_key: bytes
    clock: Callable[[], datetime]


def assembled(ground: Ground, identity: Identity, partners: Mapping[str, Partner]) -> Gateway:
    site, policies, records, store = ground.site, ground.policies, ground.records, ground.store
    retention, clock, keys, pace = ground.retention, ground.clock, identity.keys, Pace()
    asking = Asking(partners, pace)
    case_reviews = CaseReviews(records, store, clock)
    exchange = Exchange(site, policies, records, store, asking, pace, clock)
    offering = Offering(site, policies, records, store, clock)
    return Gateway(
        site=site,
        policies=policies,
        store=store,
        identity=identity,
        exchange=exchange,
        viewing=Viewing(site, policies, records, store, exchange, retention, pace, clock),
        what_if=WhatIf(site, policies, records, store, clock),
        casework=Casework(site, policies, records, store, case_reviews, ground.following, clock),
        consenting=Consenting(site, records, store, clock),
        reviewing=Reviewing(site, policies, records, store, asking, clock),
        disagreeing=Disagreeing(records, store, clock),
        second_looking=SecondLooking(site, policies, records, store, asking, clock),
        offering=offering,
        conferring=Conferring(site, policies, records, store, offering, retention, clock),
        settling=Settling(site, policies, records, store, retention, clock),
        receiving=Receiving(site, policies, records, store, retention, clock),
        emergencies=EmergencyReview(policies, records, store, clock),
        alarming=Alarming(site, records, store, clock),
        tallying=Tallying(policies, records, store, clock),
        accounts=Accounts(records, store, retention, clock),
        afterwards=Afterwards(site, policies, records, store, clock),
        accounting=Accounting(site, policies, records, store, retention, clock),
        auditing=Auditing(records, store, retention, ground.sample_key, clock),
        exporting=Exporting(records, store, retention, ground.export_key, clock),
        erasing=Erasing(records, store, retention, clock),
        governing=Governing(policies, records, store, clock),
        correcting=Correcting(records, store, retention, clock),
        passing_on=PassingOn(site, policies, records, store, retention, clock),
        watching=Watching(records, store, exchange, retention, clock),
        duties=DutyBook(records, store, clock),
        drafting=Drafting(policies, records, store, keys, clock),
        activation=Activation(site, policies, records, store, keys, clock),
        replaying=Replaying(records, store, clock),
        inbox=Inbox(records, store, clock),
        case_reviews=case_reviews,
        under_sharing=UnderSharing(store, clock),
        clock=clock,
    )
