"""The console: server-rendered pages in French for the people of a team. Reads; acts only through the stories."""

from flask import Blueprint

console = Blueprint("console", __name__, template_folder="templates", static_folder="static", static_url_path="/static")
