"""The command ``binome``: ``python -m service.cli COMMAND``."""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from mappings.issues import Refused
from service.config import Settings, settings_from, sqlite_path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    parser = argparse.ArgumentParser(prog="binome", description="Actes délégués sous protocole de coopération")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="the web process: FHIR, records, console")
    serve.add_argument("--demonstration", action="store_true", help="with sandbox, worker and demonstration data")
    commands.add_parser("worker", help="the delivery processes")
    commands.add_parser("fetch-mail", help="every box once: fetch what is new, then read all that waits")
    sandbox = commands.add_parser("sandbox", help="destinations to try against: SMTP, IMAP, XDS.b, PDSm, directory")
    sandbox.add_argument(
        "--mail-certificate", default="", help="PEM file: mail under STARTTLS only, with this certificate"
    )
    sandbox.add_argument("--mail-key", default="", help="PEM file of its key")
    sandbox.add_argument("--mail-login", choices=("none", "certificate", "xoauth2"), default="none")
    sandbox.add_argument(
        "--mail-authorities", default="", help="PEM file of the authorities of the callers' certificates"
    )
    sandbox.add_argument(
        "--mail-session", action="append", default=[], metavar="TOKEN=BOX", help="a refresh token, and the box it opens"
    )
    commands.add_parser("demo", help="one act all the way, against real sockets")
    load = commands.add_parser("load", help="load a scenario folder into a running service")
    load.add_argument("folder", type=Path)
    load.add_argument("--base", default="http://127.0.0.1:8080")
    verify = commands.add_parser("verify", help="recompute every proof from the stored bytes")
    verify.add_argument("--chain", default=None)
    trace = commands.add_parser("trace", help="everything about one act, as a FHIR Bundle")
    trace.add_argument("procedure")
    come_in = commands.add_parser("import", help="declared teams: from the State portal, or from a file")
    sources = come_in.add_subparsers(dest="source", required=True)
    portal = sources.add_parser("portal", help="the dossiers that changed since the last time")
    portal.add_argument("--all", action="store_true", help="every dossier; after a change of BINOME_PORTAL_FORM")
    team = sources.add_parser("team", help="a list of professionals: CSV or xlsx, whole or not at all")
    team.add_argument("file", type=Path)
    team.add_argument("--protocol", required=True, help="name of the protocol, without version")
    team.add_argument("--finess", required=True)
    team.add_argument("--date", default="", help="day of the list; today unless told")
    team.add_argument("--structure", default="", help="name of the structure")
    team.add_argument("--lodged", action="store_true", help="the list was declared that day; else it is a draft")
    nightly = commands.add_parser(
        "nightly", help="what a date does by itself: expired trainings suspend, late tasks move"
    )
    nightly.add_argument("--date", default="", help="the day; today unless told")
    commands.add_parser("escalate", help="tasks that nobody answers go to the next one; run it every few minutes")
    for name, words in (("suspend", "told by an authority: from a day on"), ("resume", "the end of a suspension")):
        decision = commands.add_parser(name, help=f"a protocol, or its implementation by one structure; {words}")
        decision.add_argument("protocol", help="name of the protocol, without version")
        decision.add_argument("--date", required=True, help="first day suspended, or first day that is so no more")
        decision.add_argument("--authority", required=True, help="who decided: the regional agency, as a rule")
        decision.add_argument("--reason", required=True)
        decision.add_argument("--source", required=True, help="where the decision can be read")
        decision.add_argument("--finess", default="", help="of the structure; everywhere unless told")
    review = commands.add_parser("review", help="the yearly review of a protocol, without change or with a new version")
    review.add_argument("protocol", help="name of the protocol, without version")
    review.add_argument("--date", default="", help="the day; today unless told")
    review.add_argument("--by", required=True, help="who looked at it, by name")
    review.add_argument("--rpps", required=True)
    review.add_argument("--changed-to", default="", help="the version that comes of it; without change unless told")
    review.add_argument("--reason", default="")
    letters = commands.add_parser("letters", help="what was not delivered, why, and how to have it sent again")
    letters.add_argument("--replay", default="", metavar="ENVELOPE", help="have this one sent again")
    letters.add_argument("--by", default="", metavar="RPPS", help="by this professional, whose name the proof bears")
    visibility = commands.add_parser(
        "visibility", help="how the report of an act shows in the shared record, and what is asked"
    )
    visibility.add_argument("procedure")
    visibility.add_argument("--by", required=True, metavar="RPPS", help="the délégué or the délégant of the act")
    visibility.add_argument("--masked", choices=("yes", "no"), help="from professionals; as it is unless told")
    visibility.add_argument("--hidden", choices=("yes", "no"), help="from the patient; as it is unless told")
    visibility.add_argument("--archive", action="store_true", help="for good; asked by the délégué alone")
    visibility.add_argument("--reason", default="")
    token = commands.add_parser("token", help="a development token for a professional (loopback only)")
    token.add_argument("rpps")
    token.add_argument("--structure", default="", help="FINESS: it then reads as that structure only")
    check = commands.add_parser("check", help="what a protocol folder lacks, before anybody plays it")
    checks = check.add_subparsers(dest="what", required=True)
    for what, words in (("protocol", "one folder, point by point"), ("catalogue", "every folder, a line a version")):
        checked = checks.add_parser(what, help=words)
        checked.add_argument("folder", type=Path)
        checked.add_argument("--published", action="store_true", help="also against what this installation published")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    try:
        settings = settings_from()
    except ValueError as wrong:
        print(wrong, file=sys.stderr)
        return 1
    path = sqlite_path(settings.database)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _COMMANDS[options.command](settings, options)
    except Refused as refused:
        print("\n".join(issue.text for issue in refused.issues), file=sys.stderr)
        return 1


def _serve(settings: Settings, options: argparse.Namespace) -> int:
    from service.serve import serve, serve_demonstration

    if options.demonstration:
        serve_demonstration(settings)
    else:
        serve(settings)
    return 0


def _worker(settings: Settings, _: argparse.Namespace) -> int:
    from service.worker import run

    return run(settings)


def _fetch_mail(settings: Settings, _: argparse.Namespace) -> int:
    from service.clients.mssante import composing as mailing
    from service.clock import random_identifiers, system_clock
    from service.inbound.composing import inboxes
    from service.store import open_store

    store = open_store(settings.database)
    try:
        token_for = mailing.token_for(mailing.tokens(settings, system_clock))
        return 0 if inboxes(settings, store, system_clock, random_identifiers, token_for=token_for).once(print) else 1
    finally:
        store.close()


def _sandbox(settings: Settings, options: argparse.Namespace) -> int:
    from service.demonstration import dossiers, people
    from service.sandbox.gate import gate_of
    from service.sandbox.server import Sandbox, run_forever

    sandbox = Sandbox(
        settings.sandbox_http,
        settings.sandbox_smtp,
        imap_port=settings.sandbox_imap,
        people=people(),
        directory_key=settings.directory_key,
        portal_token=settings.portal_token,
        dossiers=dossiers(),
        gate=gate_of(
            options.mail_login,
            certificate=options.mail_certificate,
            key=options.mail_key,
            authorities=options.mail_authorities,
        ),
        sessions=dict(one.split("=", 1) for one in options.mail_session),
    )
    run_forever(sandbox, print)
    return 0


def _demo(settings: Settings, _: argparse.Namespace) -> int:
    from service.demo import demo

    return demo(settings)


def _load(_: Settings, options: argparse.Namespace) -> int:
    from service.demonstration import load

    try:
        load(options.base, options.folder, print, acts=True)
    except (RuntimeError, OSError) as fault:
        # Of the scenario or of the service it is sent to: a sentence, for whoever wrote it.
        print(fault, file=sys.stderr)
        return 1
    return 0


def _verify(settings: Settings, options: argparse.Namespace) -> int:
    from service.ledger.verify import verify
    from service.store import open_store

    store = open_store(settings.database)
    try:
        faults = list(verify(store, options.chain))
        heads = {chain: store.head(chain).sequence for chain in store.chains()}
    finally:
        store.close()
    for fault in faults:
        print(f"ROMPU {fault}")
    print(f"{sum(heads.values())} maillons dans {len(heads)} chaînes : {'ROMPU' if faults else 'intact'}")
    return 1 if faults else 0


def _trace(settings: Settings, options: argparse.Namespace) -> int:
    from mappings.fhir.json import dump
    from service.store import open_store
    from service.trace import trace_of

    store = open_store(settings.database)
    try:
        print(dump(trace_of(store, options.procedure.removeprefix("Procedure/"))).decode())
    finally:
        store.close()
    return 0


def _import(settings: Settings, options: argparse.Namespace) -> int:
    from service.commands.importing import import_portal, import_team

    if options.source == "portal":
        return import_portal(settings, print, everything=options.all)
    return import_team(
        settings,
        print,
        options.file,
        protocol=options.protocol,
        finess=options.finess,
        date=options.date,
        structure=options.structure,
        lodged=options.lodged,
    )


def _nightly(settings: Settings, options: argparse.Namespace) -> int:
    from service.commands.importing import suspend_lapsed
    from service.commands.mailing import nightly

    return max(suspend_lapsed(settings, print, date=options.date), nightly(settings, print))


def _escalate(settings: Settings, _: argparse.Namespace) -> int:
    from service.commands.importing import escalate

    return escalate(settings, print)


def _decision(settings: Settings, options: argparse.Namespace) -> int:
    from service.commands import overseeing

    return (overseeing.suspend if options.command == "suspend" else overseeing.resume)(
        settings,
        print,
        options.protocol,
        date=options.date,
        authority=options.authority,
        reason=options.reason,
        source=options.source,
        finess=options.finess,
    )


def _review(settings: Settings, options: argparse.Namespace) -> int:
    from service.commands.overseeing import review

    return review(
        settings,
        print,
        options.protocol,
        date=options.date,
        by=options.by,
        rpps=options.rpps,
        changed_to=options.changed_to,
        reason=options.reason,
    )


def _letters(settings: Settings, options: argparse.Namespace) -> int:
    from service.clock import random_identifiers, system_clock
    from service.replaying import dead_letters, replay
    from service.store import open_store

    store = open_store(settings.database)
    try:
        if options.replay:
            state = replay(store, system_clock, random_identifiers, options.replay, options.by)
            print(f"{options.replay} {state}")
        else:
            for one in dead_letters(store, 1000):
                act, e = one.act.partition("/_history/")[0], one.envelope
                print(f"{e.id} {e.destination} {e.state} {one.since:%Y-%m-%dT%H:%M:%SZ} {one.outcome} {one.code} {act}")
    finally:
        store.close()
    return 0


def _visibility(settings: Settings, options: argparse.Namespace) -> int:
    from service.commands.showing import visibility

    said = {"yes": True, "no": False}
    return visibility(
        settings,
        print,
        options.procedure,
        by=options.by,
        masked=said.get(options.masked),
        hidden=said.get(options.hidden),
        archive=options.archive,
        reason=options.reason,
    )


def _token(settings: Settings, options: argparse.Namespace) -> int:
    from service.access import DevelopmentIssuer
    from service.access.development import development_secret

    print(DevelopmentIssuer(development_secret(Path(settings.keys))).token(options.rpps, options.structure))
    return 0


def _check(settings: Settings, options: argparse.Namespace) -> int:
    from service.records.check import check_catalogue, check_protocol

    lines, right = (check_protocol if options.what == "protocol" else check_catalogue)(options.folder)
    print("\n".join(lines))
    if options.published:
        from service.commands.overseeing import check_published

        right = check_published(settings, print, options.folder, one=options.what == "protocol") and right
    return 0 if right else 1


_COMMANDS: Final[dict[str, Callable[[Settings, argparse.Namespace], int]]] = {
    "serve": _serve,
    "worker": _worker,
    "fetch-mail": _fetch_mail,
    "sandbox": _sandbox,
    "demo": _demo,
    "load": _load,
    "verify": _verify,
    "trace": _trace,
    "import": _import,
    "nightly": _nightly,
    "escalate": _escalate,
    "suspend": _decision,
    "resume": _decision,
    "review": _review,
    "letters": _letters,
    "visibility": _visibility,
    "token": _token,
    "check": _check,
}

if __name__ == "__main__":
    sys.exit(main())
