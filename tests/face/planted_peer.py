"""A FHIR server just large enough to be looked at, with the faults that it is told to have: ``PORT FILE FAULTS…``.

``takes-all`` refuses nothing, ``forgets`` writes nothing down, ``blind`` finds nothing, ``stale`` answers a search that
was asked before as it did before, ``chunked`` sends its answers in pieces.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

port, file, faults = int(sys.argv[1]), Path(sys.argv[2]), set(sys.argv[3:])
resources = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
answered: dict[str, list[dict]] = {}


def faulty(resource: dict) -> bool:
    known = "x" not in (resource.get("status"), resource.get("gender"))
    whole = "status" in resource or resource["resourceType"] != "Procedure"
    return "unknownElement" in resource or not known or not whole or "link" in resource


def asked_for(resource: dict, query: dict[str, list[str]]) -> bool:
    day = resource["performedPeriod"]["start"][:10]
    after, before = (text[2:] for text in query["date"])
    return resource["subject"]["reference"] == query["subject"][0] and after <= day < before


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        resource = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if resource["resourceType"] != "Procedure" or ("takes-all" not in faults and faulty(resource)):
            return self.say(422, {"resourceType": "OperationOutcome"})
        resource["id"] = f"{len(resources)}"
        resources.append(resource)
        if "forgets" not in faults:
            with file.open("a") as lines:
                lines.write(json.dumps(resource) + "\n")
        return self.say(201, resource)

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/metadata":
            return self.say(200, {})
        if address.query:
            return self.say(200, {"entry": [{"resource": one} for one in self.found(address.query)]})
        id_ = address.path.rpartition("/")[2]
        known = [one for one in resources if one["id"] == id_]
        return self.say(200, known[0]) if known else self.say(404, {})

    def found(self, query: str) -> list[dict]:
        if "blind" in faults:
            return []
        now = [one for one in resources if asked_for(one, parse_qs(query))]
        return answered.setdefault(query, now) if "stale" in faults else now

    def say(self, status: int, resource: dict) -> None:
        body = json.dumps(resource).encode()
        self.send_response(status)
        if "chunked" not in faults:
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (body[:7], body[7:], b""):
            # Each is on its way before the next is written.
            time.sleep(0.005)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    #: As many connections at once as the measure opens, and more.
    request_queue_size = 64


Server(("127.0.0.1", port), Handler).serve_forever()
