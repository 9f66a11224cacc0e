"""A declared list, and what must be declared again, as flat records. Read only: a list comes from a dossier or a file."""

from mappings.domain.declaration import Declaration, Difference, Member, Remark
from mappings.elements import Json
from mappings.records.people import print_protocol, without_empty


def member_to_record(member: Member) -> Json:
    return without_empty(
        {
            "function": member.function,
            "family": member.family,
            "given": member.given,
            "profession": member.profession,
            "rpps": member.rpps,
            "adeli": member.adeli,
            "since": member.since.isoformat() if member.since else "",
        }
    )


def declaration_to_record(declaration: Declaration) -> Json:
    return without_empty(
        {
            "dossier": declaration.dossier,
            "receipt": declaration.receipt,
            "declared_on": declaration.day.isoformat(),
            "state": declaration.state,
            "protocol": print_protocol(declaration.protocol),
            "structure": declaration.structure,
            "referent": declaration.referent.name if declaration.referent else "",
            "digest": declaration.digest.hex(),
        }
    ) | {"members": [member_to_record(member) for member in declaration.members]}


def difference_to_record(difference: Difference) -> Json:
    """``protocol`` only when the version declared is no longer the one in force."""
    return {
        "joined": [member_to_record(member) for member in difference.joined],
        "left": [member_to_record(member) for member in difference.left],
        "changed": [
            {"declared": member_to_record(one.declared), "today": member_to_record(one.today)}
            for one in difference.changed
        ],
        "named": [
            {"declared": member_to_record(one.declared), "today": member_to_record(one.today)}
            for one in difference.named
        ],
    } | (
        {"protocol": dict(zip(("declared", "today"), map(print_protocol, difference.protocol), strict=True))}
        if difference.protocol
        else {}
    )


def remark_to_record(dossier: str, remark: Remark) -> Json:
    return {"dossier": dossier, "aside": remark.aside, "text": remark.text} | (
        {"row": remark.row} if remark.row else {}
    )
