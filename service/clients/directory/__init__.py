"""The national directory of professionals: who bears an RPPS number, and which MSSanté box is theirs.

Annuaire Santé FHIR API v2 (https://ansforge.github.io/annuaire-sante-fhir-documentation/). Open data, read only.
``client`` asks and remembers, ``read`` understands what came back, ``boxes`` chooses among several.
"""

from service.clients.directory.boxes import Box, Choice
from service.clients.directory.client import Directory, DirectorySettings
from service.clients.directory.read import Absence, Said

__all__ = ["Absence", "Box", "Choice", "Directory", "DirectorySettings", "Said"]
