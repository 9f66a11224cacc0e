"""The mail client as the settings have it: the operator, how it knows us, what is not sent to it."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from service.clients.mssante.membership import Membership, Published
from service.clients.mssante.preflight import Limits
from service.clients.mssante.send import Submission
from service.clients.mssante.sessions import Sessions
from service.clients.mssante.token import NoToken, TokenEndpoint, Tokens
from service.clients.tls import Tls
from service.clock import Clock
from service.config import Settings
from service.unusable import Unusable


def submission(settings: Settings, clock: Clock, session: Tokens | None = None) -> Submission:
    """``ValueError`` when the settings contradict each other, or would let anything leave in plain text.

    ``session``: the one that opens the boxes, where somebody else uses it too; a refresh token serves one holder.
    """
    host, _, port = settings.mssante.rpartition(":")
    if not host or not port.isdecimal():
        raise Unusable("BINOME_MSSANTE s’écrit hôte:port.")
    return Submission(
        host=host,
        port=int(port),
        starttls=settings.mssante_starttls == "required",
        tls=line(settings),
        greeting=settings.mail_domain,
        seconds=settings.attempt_seconds,
        tokens=session or tokens(settings, clock),
        notices=settings.mssante_receipt_hours > 0,
        sessions=Sessions(),
    )


def line(settings: Settings) -> Tls:
    """Towards the operator's servers, SMTP and IMAP alike."""
    login, certificate = settings.mssante_login, settings.mssante_certificate
    if login not in ("none", "certificate", "xoauth2"):
        raise Unusable("BINOME_MSSANTE_LOGIN prend l’une de ces valeurs : none, certificate, xoauth2.")
    if (login == "certificate") is not bool(certificate and settings.mssante_key):
        raise Unusable("BINOME_MSSANTE_CERTIFICATE et BINOME_MSSANTE_KEY vont avec BINOME_MSSANTE_LOGIN=certificate.")
    if login == "certificate" and settings.mssante_starttls != "required":
        raise Unusable("BINOME_MSSANTE_LOGIN=certificate demande BINOME_MSSANTE_STARTTLS=required.")
    return Tls(
        authorities=settings.mssante_authorities,
        certificate=certificate,
        key=settings.mssante_key,
        revoked=settings.mssante_revoked,
    )


def tokens(settings: Settings, clock: Clock) -> Tokens | None:
    if settings.mssante_login != "xoauth2":
        return None
    endpoint = TokenEndpoint(
        url=settings.mssante_token_endpoint,
        client_id=settings.mssante_client,
        client_secret=settings.mssante_client_secret,
        refresh_token=settings.mssante_refresh_token,
        seconds=settings.attempt_seconds / 2,
    )
    return Tokens(endpoint, clock)


def token_for(session: Tokens | None) -> Callable[[str], str] | None:
    """What gives a fresh access token of ``session`` for a box that is read; None where there is no session."""
    if session is None:
        return None

    def fresh(_: str) -> str:
        token = session.current()
        if isinstance(token, NoToken):
            raise LookupError(token.code)
        return token.value

    return fresh


class Opening(TypedDict, total=False):
    """What opens the boxes that are read; nothing where there is no session."""

    token_for: Callable[[str], str]
    #: Is told a token that an operator did not take.
    refused: Callable[[str], None]


def opening(session: Tokens | None) -> Opening:
    fresh = token_for(session)
    return {} if session is None or fresh is None else {"token_for": fresh, "refused": session.forget}


def membership(settings: Settings, clock: Clock) -> Membership | None:
    """None where no list is asked for."""
    if not settings.mssante_list:
        return None
    return Membership(
        Published(
            url=settings.mssante_list,
            signers=Path(settings.mssante_list_signers),
            file=Path(settings.mssante_list_file),
            life=dt.timedelta(days=settings.mssante_list_days),
            tls=Tls(authorities=settings.mssante_list_authorities),
        ),
        clock,
    )


def limits(settings: Settings, listed: Membership | None) -> Limits:
    return Limits(longest=settings.mssante_longest, belongs=listed.of if listed else None)
