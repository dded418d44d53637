"""What a test can do to a simulator: faults, the request log, its state file, its speed."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulators.control import HubSpotSimulator, SimulatorError
from simulators.faults import Fault, Kind

UPDATE = "/crm/v3/objects/contacts/batch/update"


def change(record_id: str, name: str) -> dict[str, Any]:
    return {"inputs": [{"id": record_id, "properties": {"firstname": name}}]}


def update(crm: HubSpotSimulator, record_id: str, name: str) -> tuple[int, Any]:
    return crm.ask("POST", UPDATE, change(record_id, name))


def first_name(crm: HubSpotSimulator, record_id: str) -> str | None:
    return crm.contact(record_id).get("firstname")


def test_a_status_does_nothing_and_passes(crm: HubSpotSimulator) -> None:
    crm.arm(Kind.STATUS, status=500, times=2)
    answers = [update(crm, "1", name)[0] for name in "AB"]
    assert (answers, first_name(crm, "1")) == ([500, 500], None)
    assert update(crm, "1", "C")[0] == 200
    assert crm.faults() == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 423, 429, 477, 500])
def test_a_status_has_the_crms_words(crm: HubSpotSimulator, status: int) -> None:
    crm.arm(Kind.STATUS, status=status)
    answered, body = update(crm, "1", "A")
    assert (answered, body["status"]) == (status, "error")
    assert body["policyName" if status == 429 else "category"]


def test_a_status_may_have_other_words_and_headers(crm: HubSpotSimulator) -> None:
    said = {"message": "You have reached your daily limit.", "policyName": "DAILY"}
    crm.arm(Kind.STATUS, status=429, body=said, headers={"Retry-After": "3"})
    with pytest.raises(OSError, match="429") as caught:
        send(crm, "1", "A")
    assert caught.value.args[1] == {"retry-after": "3", "body": said}


def send(crm: HubSpotSimulator, record_id: str, name: str) -> None:
    """An update that tells the header of a refusal."""
    connection = http.client.HTTPConnection("127.0.0.1", crm.port, timeout=20)
    headers = {"Authorization": f"Bearer {crm.token}", "Content-Type": "application/json"}
    connection.request("POST", UPDATE, json.dumps(change(record_id, name)), headers)
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()
    if answer.status != 200:
        raise OSError(
            str(answer.status), {"retry-after": answer.headers["Retry-After"], "body": body}
        )


def test_a_gateways_answer_is_a_page(crm: HubSpotSimulator) -> None:
    crm.arm(Kind.STATUS, status=502)
    with pytest.raises(ValueError, match="Expecting value"):
        update(crm, "1", "A")


def test_a_status_after_commit_has_done_it(crm: HubSpotSimulator) -> None:
    crm.arm(Kind.STATUS_AFTER_COMMIT, status=504, body={})
    assert (update(crm, "1", "A")[0], first_name(crm, "1")) == (504, "A")


@pytest.mark.parametrize(
    ("kind", "left"),
    [(Kind.DROP_RESPONSE_AFTER_COMMIT, "A"), (Kind.DROP_BEFORE_COMMIT, None)],
)
def test_a_dropped_connection(crm: HubSpotSimulator, kind: Kind, left: str | None) -> None:
    crm.arm(kind)
    with pytest.raises((ConnectionError, OSError)):
        update(crm, "1", "A")
    assert first_name(crm, "1") == left
    assert crm.requests(UPDATE)[0]["status"] is None


def test_half_an_answer(crm: HubSpotSimulator) -> None:
    crm.arm(Kind.MALFORMED)
    with pytest.raises(ValueError):
        update(crm, "1", "A")
    assert first_name(crm, "1") == "A"


def test_fewer_results_than_inputs(crm: HubSpotSimulator) -> None:
    crm.arm(Kind.FEWER_RESULTS)
    body = {"inputs": [*change("1", "A")["inputs"], *change("2", "B")["inputs"]]}
    status, answer = crm.ask("POST", UPDATE, body)
    assert (status, [each["id"] for each in answer["results"]]) == (200, ["1"])
    assert first_name(crm, "2") == "B"


def test_a_slow_answer(crm: HubSpotSimulator) -> None:
    crm.arm(Kind.SLOW, delay=0.2)
    began = time.monotonic()
    assert update(crm, "1", "A")[0] == 200
    assert time.monotonic() - began >= 0.2
    assert crm.requests(UPDATE)[0]["seconds"] >= 0.2


def test_somebody_edits_between_two_requests_of_ours(crm: HubSpotSimulator) -> None:
    edit = {"verb": "edit", "body": {"id": "1", "properties": {"lastname": "Lovelace"}}}
    crm.arm(Kind.MEANWHILE, meanwhile=(edit,), path="/batch/update")
    assert crm.ask("GET", "/crm/v3/objects/contacts/1")[1]["properties"]["lastname"] is None
    assert update(crm, "1", "A")[0] == 200
    told = crm.contact("1")
    assert (told["firstname"], told["lastname"]) == ("A", "Lovelace")


def test_bodies_need_not_be_logged(crm: HubSpotSimulator) -> None:
    crm.configure(logs_bodies=False)
    update(crm, "1", "A")
    crm.configure(logs_bodies=True)
    update(crm, "1", "B")
    assert [each["body"] for each in crm.requests(UPDATE)] == [None, change("1", "B")]


def test_a_fault_meets_only_what_it_is_for(crm: HubSpotSimulator) -> None:
    crm.arm(Kind.STATUS, status=409, ids=("2",), times=None)
    crm.arm(Kind.STATUS, status=500, method="GET", path="/contacts/3", skip=1)
    assert [update(crm, each, "A")[0] for each in ("1", "2", "2", "3")] == [200, 409, 409, 200]
    asked = [crm.ask("GET", "/crm/v3/objects/contacts/3")[0] for _ in range(3)]
    assert asked == [200, 500, 200]
    crm.disarm()
    assert update(crm, "2", "A")[0] == 200


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "no_such"},
        {"fault": "status", "no_such": 1},
        {"fault": "partial"},
        {"fault": "meanwhile"},
    ],
)
def test_a_fault_that_is_none_is_refused(crm: HubSpotSimulator, fault: dict[str, Any]) -> None:
    with pytest.raises(SimulatorError):
        crm.call("POST", "faults", fault)
    assert crm.faults() == []


def test_a_fault_reads_back(crm: HubSpotSimulator) -> None:
    fault = Fault(Kind.PARTIAL, partial=("1", "2"), times=3, headers={"A": "b"})
    crm.arm(fault)
    told = crm.faults()[0]
    assert told.pop("left") == 3
    assert Fault.read(told) == fault


def test_an_unknown_verb_is_refused(crm: HubSpotSimulator) -> None:
    with pytest.raises(SimulatorError, match="no-such-verb"):
        crm.call("POST", "no-such-verb", {})


def test_the_log_tells_every_request_and_the_control_api_none(crm: HubSpotSimulator) -> None:
    crm.forget_requests()
    update(crm, "1", "A")
    crm.ask("GET", "/crm/v3/objects/contacts/1?properties=email")
    first, second = crm.requests()
    assert first["body"] == change("1", "A")
    assert (second["number"], second["query"]) == (first["number"] + 1, {"properties": "email"})
    assert first["time"] < second["time"]


class TestStateFile:
    def test_it_is_there_after_a_restart(self, tmp_path: Path) -> None:
        state = tmp_path / "state.json"
        with HubSpotSimulator(state=state) as crm:
            crm.define_property("note")
            crm.configure(merge_makes_new_record=True)
            crm.seed({"1": {"email": "a@example.com", "note": "x"}, "2": {}, "3": {}})
            crm.merge("2", "3")
            crm.archive("1")
            before = crm.state()
        with HubSpotSimulator(state=state) as crm:
            assert crm.state() == before
            assert crm.ask("GET", "/crm/v3/objects/contacts/3")[0] == 200

    def test_it_is_not_after_a_power_cut_unless_saved(self, tmp_path: Path) -> None:
        state = tmp_path / "state.json"
        crm = HubSpotSimulator(state=state)
        crm.seed({"1": {}})
        crm.save()
        crm.seed({"2": {}})
        crm.kill()
        with HubSpotSimulator(state=state) as again:
            assert list(again.state()["contacts"]) == ["1"]

    def test_reset_empties_it(self, crm: HubSpotSimulator) -> None:
        crm.reset()
        assert crm.state()["contacts"] == {}
        assert crm.requests() == []


def test_it_ends_with_whoever_started_it() -> None:
    crm = HubSpotSimulator()
    assert crm.process.stdin is not None
    crm.process.stdin.close()
    assert crm.process.wait(20) == 0
    crm.stop()


def test_it_does_not_start_without_a_token() -> None:
    with pytest.raises(SimulatorError, match="exit 2"):
        HubSpotSimulator(token="")


def test_a_signal_stops_it() -> None:
    crm = HubSpotSimulator()
    os.kill(crm.process.pid, signal.SIGINT)
    assert crm.process.wait(20) == 0
    crm.stop()


def test_requests_at_once_lose_nothing_and_are_quick(crm: HubSpotSimulator) -> None:
    """Of 100 records each; 40 a second is usual, the floor here is for a very busy machine."""
    crm.configure(requests_per_ten_seconds=0)
    crm.seed({f"c{each}": {} for each in range(1_000)})
    began = time.monotonic()
    at_once(8, lambda worker: send_hundreds(crm, worker))
    took = time.monotonic() - began
    state = crm.state()["contacts"]
    notes = [state[f"c{each}"]["history"]["leadger_note"] for each in range(800)]
    assert all([version["value"] for version in each] == list("0123456789") for each in notes)
    assert 80 / took > 10, f"{80 / took:.0f} requests a second"


def send_hundreds(crm: HubSpotSimulator, worker: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", crm.port, timeout=60)
    headers = {"Authorization": f"Bearer {crm.token}", "Content-Type": "application/json"}
    for time_of_sending in range(10):
        inputs = [
            {"id": f"c{worker * 100 + each}", "properties": {"leadger_note": str(time_of_sending)}}
            for each in range(100)
        ]
        connection.request("POST", UPDATE, json.dumps({"inputs": inputs}), headers)
        answer = connection.getresponse()
        assert (answer.status, len(json.loads(answer.read())["results"])) == (200, 100)
    connection.close()


def at_once(count: int, work: Callable[[int], None]) -> None:
    failures: list[BaseException] = []

    def guarded(worker: int) -> None:
        try:
            work(worker)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(each,)) for each in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
