"""The console: server-rendered pages in French for the people of a team. Reads; acts only through the stories."""

from service.console import documents, inbox, letters, members, protocols, refusals, visibility
from service.console.pages import console

__all__ = ["console", "documents", "letters", "members", "inbox", "protocols", "refusals", "visibility"]
