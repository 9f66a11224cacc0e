"""What is kept of a Subscription that a client writes: admitted, its headers concealed, its status ours to move."""

from dataclasses import dataclass
from typing import Any

from mappings.fhir.subscription import Subscription, kept, subscription_from_fhir, with_headers
from mappings.issues import Issue, Refused
from service.clients.resthook.targets import Targets
from service.subscriptions.concealment import Concealment
from service.watching import watch_of

Resource = dict[str, Any]
_REFERENCE = "Binôme, abonnements"


@dataclass(frozen=True, slots=True)
class Keeping:
    """What intake asks of a Subscription before it places it."""

    targets: Targets
    concealment: Concealment

    def __call__(self, resource: Resource, previous: Resource | None) -> Resource:
        """``Refused`` with every fault."""
        subscription = subscription_from_fhir(resource)
        watch_of(resource)
        issues = self.targets.refusals(subscription.endpoint, subscription.content)
        if subscription.status == "error" and (previous is None or previous.get("status") != "error"):
            text = "Le statut error est posé par le serveur seul : un client demande requested, ou off."
            issues.append(Issue("business-rule", "Subscription.status", text, "FHIR R4, subscription.html"))
        concealed = self._concealed(subscription, issues)
        if issues:
            raise Refused(issues)
        return kept(with_headers(resource, concealed) if concealed else resource, previous)

    def _concealed(self, subscription: Subscription, issues: list[Issue]) -> list[tuple[str, str]]:
        headers = []
        for n, (name, value) in enumerate(subscription.headers):
            try:
                headers.append((name, self.concealment.conceal(name, value, subscription.endpoint)))
            except ValueError:
                text = "Cet en-tête a été chiffré pour une autre adresse : sa valeur est à donner de nouveau."
                issues.append(Issue("value", f"Subscription.channel.header[{n}]", text, _REFERENCE))
        return headers
