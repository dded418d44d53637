"""Simulators of the CRMs' HTTP APIs, each a process of its own on loopback, for the tests.

They answer as the public documentation of the APIs says, keep what they are told, and can be made
to fail: `python -m simulators.hubspot` and `python -m simulators.salesforce` (PYTHONPATH=tests).
`control.py` starts and steers them from a test. Where documents and reports disagree about an
API, a setting chooses (README.md).
"""
