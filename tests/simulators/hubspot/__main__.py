"""`python -m simulators.hubspot`: serve it until told to stop."""

import sys

from simulators.hubspot.application import HubSpot
from simulators.launch import serve

sys.exit(serve("hubspot", HubSpot, sys.argv[1:]))
