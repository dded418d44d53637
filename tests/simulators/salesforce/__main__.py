"""`python -m simulators.salesforce`: serve it until told to stop."""

import sys

from simulators.launch import serve
from simulators.salesforce.application import Salesforce

sys.exit(serve("salesforce", Salesforce, sys.argv[1:]))
