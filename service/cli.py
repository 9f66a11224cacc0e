"""The command ``binome``: ``python -m service.cli COMMAND``."""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from mappings.issues import Issue, Refused
from service.commands.line import line
from service.config import Settings, settings_from, sqlite_path
from service.unusable import Unusable, named_by


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    options = line().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    try:
        settings = settings_from()
        path = sqlite_path(settings.database)
        if path is not None:
            with named_by("BINOME_DATABASE"):
                path.parent.mkdir(parents=True, exist_ok=True)
        return _COMMANDS[options.command](settings, options)
    except Unusable as wrong:
        print(wrong, file=sys.stderr)
        return 1
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
        opened_by = mailing.opening(mailing.tokens(settings, system_clock))
        return 0 if inboxes(settings, store, system_clock, random_identifiers, **opened_by).once(print) else 1
    finally:
        store.close()


def _sandbox(settings: Settings, options: argparse.Namespace) -> int:
    from service.demonstration import dossiers, people
    from service.sandbox.gate import gate_of
    from service.sandbox.server import Sandbox, run_forever

    if options.mail_login != "none" and not options.mail_certificate:
        raise Refused(Issue("required", "--mail-login", "--mail-login demande aussi --mail-certificate et --mail-key."))
    try:
        gate = gate_of(
            options.mail_login,
            certificate=options.mail_certificate,
            key=options.mail_key,
            authorities=options.mail_authorities,
        )
    except OSError as fault:
        text = "--mail-certificate, --mail-key et --mail-authorities nomment des fichiers PEM qui vont ensemble."
        raise Refused(Issue("value", "--mail-certificate", text)) from fault
    sandbox = Sandbox(
        settings.sandbox_http,
        settings.sandbox_smtp,
        imap_port=settings.sandbox_imap,
        people=people(),
        directory_key=settings.directory_key,
        portal_token=settings.portal_token,
        dossiers=dossiers(),
        gate=gate,
        sessions=dict(options.mail_session),
    )
    run_forever(sandbox, print)
    return 0


def _demo(settings: Settings, _: argparse.Namespace) -> int:
    from service.demo import demo

    return demo(settings)


def _load(_: Settings, options: argparse.Namespace) -> int:
    from service.demonstration import load

    load(options.base, options.folder, print, acts=True)
    return 0


def _verify(settings: Settings, options: argparse.Namespace) -> int:
    from service.ledger.verify import verify
    from service.store import open_store

    store = open_store(settings.database)
    try:
        chains = [chain for chain in store.chains() if options.chain in (None, chain)]
        if options.chain is not None and not chains:
            raise Refused(Issue("not-found", "--chain", "Cette chaîne n’existe pas sur ce serveur."))
        faults = list(verify(store, options.chain))
        heads = {chain: store.head(chain).sequence for chain in chains}
    finally:
        store.close()
    for fault in faults:
        print(f"ROMPU {fault}")
    named = "chaîne" if len(heads) == 1 else "chaînes"
    print(f"{sum(heads.values())} maillons dans {len(heads)} {named} : {'ROMPUS' if faults else 'intacts'}")
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
        finess=options.finess or "",
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
            state = replay(store, system_clock, random_identifiers, options.replay, options.by or "")
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

    print(DevelopmentIssuer(development_secret(Path(settings.keys))).token(options.rpps, options.structure or ""))
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
