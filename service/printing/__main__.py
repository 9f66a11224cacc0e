"""The process of one page: the page on standard input, its PDF on standard output."""

import datetime as dt
import json
import sys

from mappings.pdf.compiler import compiled
from mappings.pdf.printed import Page

told = json.load(sys.stdin.buffer)
sys.stdout.buffer.write(compiled(Page(told["template"], told["data"], dt.datetime.fromisoformat(told["made"]))))
