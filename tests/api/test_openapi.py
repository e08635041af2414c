"""The document: OpenAPI 3.1, complete, and true under whatever schemathesis thinks of asking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from api.limits import limiter
from api.operations import flaws
from tests.api.document import told_path
from tests.api.door import Door, told
from tests.projects.driving import CODE, opens

EXAMPLES = 8
WITHIN_REASON = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


# ---------------------------------------------------------------- what it says
def test_it_is_openapi_3_1(front: Door) -> None:
    document = front.document.told
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"] == "联审 Lianshen"
    assert set(document["components"]["securitySchemes"]) == {"token", "session"}


def test_it_tells_of_everything_that_is_served(front: Door) -> None:
    served = {(method, told_path(rule)) for method, rule in front.document.served(api=True)}
    assert served - {("GET", "/api/openapi.json")} == {(o.method, o.path) for o in front.document.operations()}


def test_every_operation_is_named_and_explained(front: Door) -> None:
    found = front.document.operations()
    assert len({o.id for o in found}) == len(found) >= 30
    for operation in found:
        assert any("一" <= c <= "鿿" for c in operation.told["summary"]), operation.id
        assert any(status.startswith("2") for status in operation.told["responses"]), operation.id


def test_every_operation_tells_of_its_errors(front: Door) -> None:
    """RFC 9457, as docs/api.md promises, and nothing else."""
    answers = front.document.told["components"]["responses"]
    for operation in front.document.operations():
        responses = operation.told["responses"]
        assert "default" in responses, operation.id
        for status, answer in responses.items():
            if not status.startswith("2"):
                content = answers[answer["$ref"].rpartition("/")[2]]["content"]
                assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert {"code", "detail", "remedy", "status"} <= set(
        front.document.told["components"]["schemas"]["Problem"]["required"]
    )


def test_answers_name_what_is_always_there(front: Door) -> None:
    """What an answer names is required; only a problem says more in one case than in another."""
    schemas = front.document.told["components"]["schemas"]
    for operation in front.document.operations():
        for status, answer in operation.told["responses"].items():
            if status.startswith("2") and "content" in answer:
                schema = answer["content"]["application/json"]["schema"]
                name = schema.get("items", schema)["$ref"].rpartition("/")[2]
                assert set(schemas[name]["required"]) == set(schemas[name]["properties"]), name


# ---------------------------------------------------------------- whether it is true
def everything(door: Door) -> Iterator[tuple[str, APIOperation[Any, Any, Any, Any]]]:
    """Every operation by its id, as schemathesis reads the document."""
    for found in schemathesis.openapi.from_wsgi("/api/openapi.json", door.app).get_all_operations():
        operation = found.ok()
        yield operation.definition.raw["operationId"], operation


def asked(
    operation: APIOperation[Any, Any, Any, Any], names: Mapping[str, Any], headers: Mapping[str, str]
) -> set[int]:
    """Let schemathesis ask one operation, with good and bad requests, half of the time about things that there are. It
    checks: no 500; statuses, content types and shapes as told; no wrong request and no forged sign-in is accepted.
    Returns the statuses that were answered."""
    answered = set()
    about_real: list[bool] = []

    @WITHIN_REASON
    @given(case=st.one_of(*(operation.as_strategy(mode) for mode in GenerationMode)), real=st.booleans())
    def ask(case: Case, real: bool) -> None:
        limiter.reset()  # each request comes on a day of its own
        right = case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
        if right and (real or not about_real):  # at least once, whatever the dice say
            about_real.append(True)
            case.path_parameters = {name: names[name] for name in case.path_parameters}
        answer = case.call(headers=dict(headers))
        answered.add(answer.status_code)
        # what a form or a law refuses is valid JSON all the same
        case.validate_response(answer, headers=dict(headers), excluded_checks=[positive_data_acceptance])

    ask()
    assert max(answered) < 500
    return answered


def things(door: Door) -> dict[str, Any]:
    """A case with a claimed task, a project, for the names in addresses."""
    opens(door.hall)
    case_id = door.hall.accepted("GH02")
    return {
        "case_no": door.hall.case(case_id).case_no,
        "task_id": door.hall.claim("qian", case_id, "review"),
        "draft_id": 1,
        "act_name": "extend",
        "code": "GH02",
        "number": 1,
        "project_code": CODE,
        "login": "sun",
        "stand_in": "zhao",
    }


def test_an_officer_may_ask_anything(door: Door) -> None:
    """One who bears every role, so that nothing ends at his permission."""
    roles = ["clerk", "reviewer", "approver", "head", "coordinator", "designer", "admin"]
    door.hall.hire("all", "x-1", like="qian", roles=roles)
    names = things(door)
    good = {name: asked(operation, names, door.officer("all").headers) for name, operation in everything(door)}
    for name in (
        "list_cases",
        "show_case",
        "show_journal",
        "worklist",
        "show_task",
        "export_version",
        "show_project",
        "who_am_i",
    ):
        assert 200 in good[name], name
    assert {name for name, statuses in good.items() if 403 in statuses} <= {"sign_in", "issue_token"}
    assert {name for name, statuses in good.items() if 401 in statuses} <= {"sign_out"}, "one token, signed out"
    assert flaws(door.hall.database)[1] == []


def test_a_stranger_may_ask_anything(front: Door) -> None:
    names = things(front)
    for name, operation in everything(front):
        statuses = asked(operation, names, {})
        if "security" in operation.definition.raw:
            assert statuses <= {401, 404}, name
        else:
            assert statuses & {200, 403, 404, 422}, name
    journal = told(front.officer("qian").get(f"/api/cases/{names['case_no']}/journal"))
    assert [row["act"] for row in journal] == ["receive", "claim", "accept", "claim"], (
        "nothing has happened to the case"
    )
