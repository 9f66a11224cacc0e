"""The settings: the only reader of the environment. Every setting is documented in ``docs/settings.md``."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

from service.unusable import Unusable


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings; the environment variable of ``field`` is ``BINOME_FIELD``."""

    #: ``sqlite:///path`` or ``postgresql://…``, which may hold a password.
    database: str = field(default="sqlite:///var/binome.sqlite", repr=False)
    #: Folder of the protocol definitions.
    protocols: str = "fixtures/protocols"
    #: Where the web process listens. Anything but loopback is refused while only development identities exist.
    host: str = "127.0.0.1"
    port: int = 8080
    #: Whose public holidays count (``mappings.domain.holidays``).
    territory: str = "metropole"
    #: Web processes.
    processes: int = 2
    #: Threads of one web process.
    threads: int = 8
    #: Writes that wait in one web process while the store's writer is held; beyond, they are refused.
    waiting_writes: int = 6
    #: Delivery processes of one command.
    worker_processes: int = 2
    #: Whether the processes of one command share out the cores, each keeping to its own: 1 or 0.
    own_cores: int = 1
    #: Deliveries under way at once towards one destination, of one command, and begun a second; 0: no bound.
    lanes: int = 8
    deliveries_a_second: int = 100
    #: Failures in a row after which a destination, or a recipient, is left alone, and for how long, seconds.
    breaker_failures: int = 5
    breaker_seconds: int = 30
    #: Shared record: ITI-41 and ITI-43, ITI-18 and ITI-57, TD0.2 endpoints; without the last, nobody asks before feeding.
    dmp_repository: str = "http://127.0.0.1:8081/xds/repository"
    dmp_registry: str = "http://127.0.0.1:8081/xds/registry"
    dmp_patients: str = "http://127.0.0.1:8081/xds/patients"
    #: How we come: ``INDIRECTE`` (the structure alone), ``INDIRECTE_RENFORCEE`` (a professional behind its certificate) or
    #: ``DIRECTE``; whether each submission set is signed: 1 or 0; CNDA approval number.
    dmp_mode: str = "INDIRECTE"
    dmp_signed_sets: int = 1
    dmp_approval: str = "DEVELOPPEMENT"
    #: Files of the mutual TLS connection (accepted authorities, certificate, key), and of the pair that signs.
    dmp_authorities: str = ""
    dmp_certificate: str = ""
    dmp_key: str = ""
    dmp_seal_certificate: str = ""
    dmp_seal_key: str = ""
    #: Road to the shared record: ``xds`` (XDS.b, the DMP) or ``pdsm`` (FHIR).
    shared_record: str = "xds"
    #: FHIR record: base, Authorization header (empty: none), ``provide`` (ITI-65) or ``simplified`` (ITI-105), and
    #: whether searches are posted (``post``) or put in the address (``get``).
    pdsm: str = "http://127.0.0.1:8081/pdsm/fhir"
    pdsm_authorization: str = field(default="", repr=False)
    pdsm_publish: str = "provide"
    pdsm_search: str = "post"
    #: How a change is written (``json`` or ``fhirpath``), and what deletes: empty, ``is-deleted`` or ``entered-in-error``.
    pdsm_patch: str = "json"
    pdsm_deletion: str = ""
    #: Whether the draft of the FHIR road to the DMP (PDSm4DMP 0.1.0) is followed: 1 or 0.
    pdsm_dmp_draft: int = 0
    #: MSSanté operator: host:port.
    mssante: str = "127.0.0.1:8025"
    #: ``required`` or ``never`` (loopback only).
    mssante_starttls: str = "never"
    #: How the operator knows us: ``none`` (loopback, or a relay of ours), ``certificate`` (applicative box) or ``xoauth2``
    #: (personal or organisational box).
    mssante_login: str = "none"
    #: PEM files: whom we believe on the operator's line, lists of revoked certificates, our certificate and its key.
    mssante_authorities: str = ""
    mssante_revoked: str = ""
    mssante_certificate: str = ""
    mssante_key: str = ""
    #: Where an access token is had, how the endpoint knows us, and the refresh token of the session.
    mssante_token_endpoint: str = ""
    mssante_client: str = ""
    mssante_client_secret: str = field(default="", repr=False)
    mssante_refresh_token: str = field(default="", repr=False)
    #: Longest message that the operator takes, bytes.
    mssante_longest: int = 10_000_000
    #: Hours after which a mail to a professional of which no receipt has come is somebody's task; 0: none is asked for.
    mssante_receipt_hours: int = 0
    #: Signed list of the domains of the trust space: its address (empty: not asked for), the PEM files of who is believed
    #: on that line and of who may sign it, where the last good one is kept, and how many days it is believed.
    mssante_list: str = ""
    mssante_list_authorities: str = ""
    mssante_list_signers: str = ""
    mssante_list_file: str = "var/mssante/domains.xml"
    mssante_list_days: int = 7
    #: File of the boxes whose mail is fetched (``[[boxes]]``); empty, nothing is fetched.
    inbound: str = ""
    #: Pause between two looks at a box, total time of one exchange, and of one silence under IDLE (0: no IDLE), seconds.
    inbound_pause_seconds: int = 60
    inbound_seconds: int = 120
    inbound_idle_seconds: int = 600
    #: Longest mail taken from a box, bytes.
    inbound_bytes: int = 26_214_400
    #: How long what a mail said is kept once it is settled, days; 0: for ever.
    inbound_keep_days: int = 0
    #: Base of the Annuaire Santé FHIR API, and its key.
    directory: str = "http://127.0.0.1:8081/annuaire/fhir/v2"
    directory_key: str = field(default="demonstration", repr=False)
    #: Product reference of the X-MSS-NIL header, given on declaration of the software.
    mssante_nil: str = "DEV-000000"
    #: Domain of the Message-IDs drawn here.
    mail_domain: str = "binome.formation.mssante.fr"
    #: OID arc under which this installation names documents and submissions.
    oid: str = "1.2.250.1.999.1.1.20260"
    #: Body of the CDA documents that no model rules: 3 (sections, entries, copy of the PDF) or 1 (the PDF alone).
    cda_level: int = 3
    #: Whether the délégant's reading of an act countersigns its report, in a new version: 1 or 0. No text says so.
    countersign: int = 0
    #: Folder of the signing key of the VIHF assertion; made there in development.
    keys: str = "var/keys"
    #: Total time of one call, seconds, and the lease that covers an attempt: a look-up, then a delivery.
    attempt_seconds: int = 20
    lease_seconds: int = 60
    #: First delay, cap, and budget of deliveries, seconds.
    retry_base_seconds: int = 30
    retry_cap_seconds: int = 1800
    delivery_budget_seconds: int = 259_200
    #: Days the délégant has to read; set by the team, the protocol gives no figure.
    acknowledgement_days: int = 7
    #: Hours that whoever stands in has to answer a task that nobody answered, where the team has not agreed on a time.
    escalation_hours: int = 24
    #: Months without an act after which a team is shown as dormant; chosen here, no text gives a figure.
    dormant_months: int = 6
    #: Folder of the files of bulk exports, shared by all processes, and how long they are kept once done.
    exports: str = "var/exports"
    export_hours: int = 24
    #: Whether a FHIR update may create a resource under an id that the client chose: 1 or 0.
    update_creates: int = 1
    #: Origins of pages that may call the FHIR face from a browser, with spaces between; ``*`` for any, ``none``.
    cors_origins: str = "none"
    #: Address of the FHIR base as subscribers know it.
    base: str = "http://127.0.0.1:8080/fhir"
    #: Subscriptions: origins that may be notified, those of them that may have whole resources, inner networks that may
    #: be called; and how long a target is tried before it is switched off, seconds.
    subscription_targets: str = "http://127.0.0.1:8081"
    subscription_whole: str = ""
    subscription_networks: str = "127.0.0.1/32"
    subscription_budget_seconds: int = 86_400
    #: State portal (« démarche numérique »): GraphQL endpoint, token, file that says which field is what.
    portal: str = "http://127.0.0.1:8081/api/v2/graphql"
    portal_token: str = field(default="demonstration", repr=False)
    portal_form: str = "fixtures/demarche/equipe.toml"
    #: Total time of one call, of the waits of one poll, and how far a poll goes back behind the last one, seconds.
    portal_seconds: int = 30
    portal_patience_seconds: int = 300
    portal_overlap_seconds: int = 86_400
    #: Where the sandbox listens.
    sandbox_http: int = 8081
    sandbox_smtp: int = 8025
    sandbox_imap: int = 8143


#: No number is negative; these have closer bounds.
_LARGEST: Final = 2**31 - 1
_BOUNDS: Final = {
    **dict.fromkeys(("port", "sandbox_http", "sandbox_smtp", "sandbox_imap"), (0, 65_535)),
    **dict.fromkeys(("processes", "threads", "worker_processes", "lanes", "attempt_seconds"), (1, _LARGEST)),
    **dict.fromkeys(("dmp_signed_sets", "pdsm_dmp_draft", "countersign", "update_creates", "own_cores"), (0, 1)),
}


def settings_from(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that ``environment`` names; an unknown ``BINOME_`` name or a bad number is ``Unusable``."""
    known = {f"BINOME_{one.name.upper()}": one for one in fields(Settings)}
    # BINOME_TEST_*, BINOME_TOOLS… are read by the tests alone.
    ours = {k: v for k, v in environment.items() if k.startswith("BINOME_") and not k.startswith("BINOME_TEST_")}
    foreign = sorted(ours.keys() - known.keys() - {"BINOME_TOOLS", "BINOME_REFERENCE", "BINOME_NODE"})
    if foreign:
        raise Unusable(f"Réglage inconnu : {', '.join(foreign)}.")
    values: dict[str, str | int] = {}
    bad = []
    for name, one in known.items():
        if name not in ours:
            continue
        try:
            values[one.name] = int(ours[name]) if one.type is int else ours[name]
        except ValueError:
            bad.append(name)
    if bad:
        raise Unusable(f"{', '.join(bad)} : un nombre entier est attendu.")
    settings = Settings(**values)  # type: ignore[arg-type]  # the names come from the fields themselves
    _refuse_out_of_bounds(settings)
    return settings


def _between(least: int, most: int) -> str:
    return f"d’au moins {least}" if most == _LARGEST else f"entre {least} et {most}"


def _refuse_out_of_bounds(settings: Settings) -> None:
    numbers = {one.name: getattr(settings, one.name) for one in fields(Settings) if one.type is int}
    wrong = [
        f"BINOME_{name.upper()} : un nombre entier {_between(least, most)} est attendu."
        for name, number in numbers.items()
        for least, most in [_BOUNDS.get(name, (0, _LARGEST))]
        if not least <= number <= most
    ]
    if wrong:
        raise Unusable("\n".join(wrong))


def sqlite_path(database: str) -> Path | None:
    """The file of an embedded store, None for a server."""
    prefix = "sqlite:///"
    return Path(database.removeprefix(prefix)) if database.startswith(prefix) else None
