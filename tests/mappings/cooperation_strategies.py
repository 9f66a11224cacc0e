"""Hypothesis strategies for the people and the cooperation; everyone drawn here is fictitious."""

import datetime as dt
from typing import Any, get_args

from hypothesis import strategies as st

from mappings.codes import systems
from mappings.domain import identity
from mappings.domain.availability import WEEKDAYS, Absence, Arrangement, Availability, Contact, Hours
from mappings.domain.cooperation import (
    Consent,
    ConsentStatus,
    Enrolment,
    Inclusion,
    Information,
    Period,
    Sharing,
    Team,
    Trainer,
    Training,
)
from mappings.domain.invariants import ins_key
from mappings.domain.people import Address, Ins, Organization, Patient, Practitioner

#: Words a register may hold: letters with accents, hyphens, apostrophes, spaces inside; never blank.
words = st.text("abcéèçÀŒZ’'- 19", min_size=1, max_size=20).filter(lambda text: text.strip() == text)
maybe_words = st.just("") | words
days = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
instants = st.builds(dt.datetime.combine, days, st.times(timezones=offsets))
rpps = st.from_regex(r"99900[0-9]{6}", fullmatch=True)
finess = st.from_regex(r"99[0-9]{7}", fullmatch=True)
business_identifiers = st.from_regex(r"[A-Z]{1,4}-[0-9a-z|]{1,8}", fullmatch=True)
slugs = st.from_regex(r"pc-[a-z]{1,12}", fullmatch=True)
unversioned = slugs.map(lambda slug: systems.PLAN_DEFINITION + slug)
protocols = st.builds("{}|2026.{}".format, unversioned, st.integers(1, 9))
local_numbers = st.tuples(
    st.sampled_from(["1.2.250.1.999.1.1.20260.2", "https://cpts.example/patients"]), business_identifiers
)


@st.composite
def insis(draw: st.DrawFn) -> Ins:
    born = draw(st.from_regex(r"[12][0-9]{2}(0[1-9]|1[0-2])", fullmatch=True))
    commune = draw(st.sampled_from(["38999", "2A999", "2B999"]))
    matricule = f"{born}{commune}{draw(st.integers(1, 999)):03d}"
    oid = draw(st.sampled_from(sorted(systems.FICTITIOUS_INS_OIDS)))
    return Ins(value=f"{matricule}{ins_key(matricule):02d}", oid=oid)


@st.composite
def periods(draw: st.DrawFn, *, ended: bool = False) -> Period:
    first, last = sorted((draw(days), draw(days)))
    return Period(start=first, end=last if ended or draw(st.booleans()) else None)


addresses = st.builds(
    Address,
    lines=st.lists(words, min_size=1, max_size=7).map(tuple),
    postal_code=maybe_words,
    city=maybe_words,
)


@st.composite
def patients(draw: st.DrawFn) -> Patient:
    ins = draw(st.none() | insis())
    local = draw(st.none() | local_numbers) if ins else draw(local_numbers)
    trait = words if ins else maybe_words
    statuses = ["qualified"] if ins else ["provisional", "validated", "recovered", "qualified"]
    return Patient(
        id=identity.patient_id(ins, local),
        identity_status=draw(st.sampled_from(statuses)),
        ins=ins,
        birth_family=draw(words),
        birth_given=draw(words),
        birth_given_list=draw(trait),
        used_family=draw(maybe_words),
        used_given=draw(maybe_words),
        gender=draw(st.sampled_from(["male", "female", "unknown"])),
        birth_date=draw(days),
        birth_place_code=draw(trait),
        birth_place_name=draw(maybe_words),
        local_identifier=local,
        address=draw(st.none() | addresses),
    )


@st.composite
def practitioners(draw: st.DrawFn) -> Practitioner:
    number = draw(rpps)
    return Practitioner(
        id=identity.practitioner_id(number),
        rpps=number,
        family=draw(words),
        given=draw(words),
        prefix=draw(st.sampled_from(["", "M", "MME"])),
        suffix=draw(st.sampled_from(["", "DR", "PR"])),
        profession=draw(st.sampled_from(["10", "60", "70"])),
        specialty=draw(st.sampled_from(["", "SM26", "SI01"])),
        mailbox=draw(st.sampled_from(["", "ines.exemple-fictif@medecin.formation.mssante.fr"])),
    )


@st.composite
def organizations(draw: st.DrawFn) -> Organization:
    number = draw(finess)
    return Organization(
        id=identity.organization_id(number),
        finess=number,
        name=draw(words) + " (FICTIVE)",
        facility_type=draw(st.sampled_from(["SA05", "SA52", "SA63"])),
        address=draw(st.none() | addresses),
        phone=draw(st.sampled_from(["", "0465710001"])),
        mailbox=draw(st.sampled_from(["", "binome.exemple@cpts.formation.mssante.fr"])),
    )


#: Who trains, by the identifier of their enrolment.
TRAINERS = {name: Trainer(enrolment_id=identity.enrolment_id(name), rpps="99900009990") for name in ("F-1", "F-2")}
trainers = st.sampled_from(list(TRAINERS.values()))
trainings = st.builds(
    Training,
    module=words | protocols,
    completed=days,
    valid_until=st.none() | days,
    hours=st.none() | st.decimals(min_value="0.25", max_value=400, places=2),
    trainer=st.none() | trainers,
    trainee_signed=st.none() | days,
    trainer_signed=st.none() | days,
)
contacts = st.builds(
    Contact,
    channel=st.sampled_from(["phone", "video"]),
    value=st.sampled_from(["0465710001", "https://visio.example/1"]),
) | st.builds(Contact, channel=st.just("mssante"), value=st.just("ines.exemple-fictif@medecin.formation.mssante.fr"))


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    days_told = tuple(draw(st.lists(st.sampled_from(WEEKDAYS), max_size=7, unique=True)))
    if draw(st.booleans()):
        return Hours(days=days_told, all_day=True)
    start, end = sorted(draw(st.lists(st.integers(0, 1439), min_size=2, max_size=2, unique=True)))
    times = [dt.time(*divmod(minutes, 60)) for minutes in (start, end)]
    told = draw(st.sampled_from([(True, True), (True, False), (False, True), (False, not days_told)]))
    return Hours(days=days_told, start=times[0] if told[0] else None, end=times[1] if told[1] else None)


@st.composite
def absences(draw: st.DrawFn) -> Absence:
    start, end = draw(st.none() | days | instants), draw(st.none() | days | instants)
    absence = Absence(start=start, end=end, description=draw(words))
    return absence if absence.is_in_order else Absence(start=end, end=start, description=absence.description)


availabilities = st.builds(
    Availability,
    contacts=st.lists(contacts, max_size=3).map(tuple),
    hours=st.lists(hours(), max_size=3).map(tuple),
    absences=st.lists(absences().filter(lambda one: one.is_in_order), max_size=3).map(tuple),
    exceptions=st.just("") | words,
    on_holidays=st.none() | st.booleans(),
)
arrangements = st.builds(
    Arrangement,
    contacts=st.lists(contacts, max_size=3).map(tuple),
    hours=st.lists(hours(), max_size=3).map(tuple),
    response=st.none() | st.integers(1, 10_000).map(lambda minutes: dt.timedelta(minutes=minutes)),
    on_holidays=st.none() | st.booleans(),
)


@st.composite
def enrolments(
    draw: st.DrawFn,
    practitioner: Practitioner | None = None,
    organization: Organization | None = None,
    delegators: tuple[str, ...] | None = None,
    substitutes: tuple[str, ...] | None = None,
) -> Enrolment:
    """``delegators`` and ``substitutes`` are business identifiers; only a délégué has the first, a délégant the others."""
    who, where = practitioner or draw(practitioners()), organization or draw(organizations())
    function = draw(st.sampled_from(["DELEGATEE"] if delegators else ["DELEGATEE", "DELEGATOR"]))
    status = draw(st.sampled_from(["declared", "active", "suspended", "ended", "refused"]))
    trained = function == "DELEGATEE" and status == "active"
    if delegators is None and function == "DELEGATEE":
        delegators = tuple(draw(st.lists(business_identifiers, max_size=3, unique=True)))
    identifier = draw(business_identifiers)
    if substitutes is None and function == "DELEGATOR":
        substitutes = tuple(draw(st.lists(business_identifiers, max_size=2, unique=True)))
    substitutes = tuple(name for name in substitutes or () if name != identifier)
    return Enrolment(
        id=identity.enrolment_id(identifier),
        identifier=identifier,
        function=function,
        status=status,
        protocol=draw(protocols),
        period=draw(periods(ended=status in {"ended", "refused"})),
        practitioner_id=who.id,
        rpps=who.rpps,
        organization_id=where.id,
        trainings=tuple(draw(st.lists(trainings, min_size=1 if trained else 0, max_size=3))),
        delegator_ids=tuple(map(identity.enrolment_id, delegators or ())),
        substitute_ids=tuple(map(identity.enrolment_id, (substitutes if function == "DELEGATOR" else ()) or ())),
        availability=draw(availabilities),
        engaged_on=draw(st.none() | days),
    )


@st.composite
def teams(draw: st.DrawFn) -> Team:
    status = draw(st.sampled_from(["proposed", "active", "suspended", "inactive", "entered-in-error"]))
    functions = draw(st.lists(st.sampled_from(["DELEGATEE", "DELEGATOR"]), max_size=4))
    if status == "active":
        functions = ["DELEGATEE", "DELEGATOR", *functions]
    identifier = draw(business_identifiers)
    return Team(
        id=identity.team_id(identifier),
        identifier=identifier,
        name=draw(words),
        status=status,
        protocol=draw(protocols),
        period=draw(periods()),
        organization_id=draw(organizations()).id,
        participants=tuple(
            (function, identity.enrolment_id(draw(business_identifiers)), draw(periods())) for function in functions
        ),
        arrangement=draw(arrangements),
    )


@st.composite
def consents(draw: st.DrawFn, statuses: tuple[ConsentStatus, ...] = get_args(ConsentStatus)) -> Consent:
    status = draw(st.sampled_from(statuses))
    identifier = draw(business_identifiers)
    period = draw(periods(ended=status == "inactive"))
    told_by_the_hour = status == "inactive" and period.end is not None and draw(st.booleans())
    notices = st.sampled_from(["", "Notice de la maison de santé, version 3"]) | protocols
    return Consent(
        id=identity.consent_id(identifier),
        identifier=identifier,
        status=status,
        patient_id=draw(patients()).id,
        protocol=draw(unversioned),
        decided_at=draw(instants),
        permits=status == "active" or (status != "rejected" and draw(st.booleans())),
        period=period,
        organization_id=identity.organization_id(draw(finess)),
        team_id=draw(st.just("") | business_identifiers.map(identity.team_id)),
        informed_at=draw(st.none() | instants),
        information=Information(notice=draw(notices), rpps=draw(st.just("") | rpps)),
        withdrawn_at=dt.datetime.combine(period.end, dt.time(9, 5), dt.UTC)
        if told_by_the_hour and period.end
        else None,
    )


def sharings(patient_id: str = "patient-1") -> st.SearchStrategy[Sharing]:
    return st.builds(
        Sharing,
        patient_id=st.just(patient_id),
        dmp=st.booleans(),
        patient_mailbox=st.booleans(),
        professional_mailbox=st.booleans(),
    )


@st.composite
def inclusions(draw: st.DrawFn) -> Inclusion:
    identifier = draw(business_identifiers)
    delegatee, delegator = draw(st.lists(business_identifiers, min_size=2, max_size=2, unique=True))
    statuses = ["draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"]
    return Inclusion(
        id=identity.inclusion_id(identifier),
        identifier=identifier,
        status=draw(st.sampled_from(statuses)),
        protocol=draw(protocols),
        patient_id=draw(patients()).id,
        period=draw(periods()),
        author_id=identity.enrolment_id(delegatee),
        delegator_id=identity.enrolment_id(delegator),
        team_id=identity.team_id(draw(business_identifiers)),
        consent_id=identity.consent_id(draw(business_identifiers)),
        eligibility_id=draw(st.sampled_from(["", "reponses-1"])),
    )


junk = st.sampled_from([None, True, 0, "", " ", "x", [], {}, [None], [[]], ["x"], {"x": 1}, [{"extension": 3}]])


@st.composite
def broken(draw: st.DrawFn, json: Any) -> Any:
    """The same JSON with one value somewhere replaced by anything."""
    if not isinstance(json, dict | list) or not json or draw(st.integers(0, 4)) == 0:
        return draw(junk)
    keys = sorted(json) if isinstance(json, dict) else range(len(json))
    key = draw(st.sampled_from(keys))
    copy: Any = json.copy()
    copy[key] = draw(broken(json[key]))
    return copy
