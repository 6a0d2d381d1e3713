"""A client that shares nothing with the suite but the protos: reads, watches, reports and fails as docs/integrate.md says.

Usage: client.py DIR PORT; DIR is what `deploy/quickstart --keep DIR --port PORT` serves from.
"""
import datetime
import pathlib
import sys
import time

import grpc
from duban.gateway.v1 import progress_pb2, progress_service_pb2
from duban.node.v1 import node_pb2, node_service_pb2
from duban.reporting.v1 import envelope_pb2, reporting_pb2
from duban.task.v1 import task_service_pb2
from google.rpc import error_info_pb2, status_pb2

DEADLINE = 30
DOMAIN = "duban.example"
GATEWAY = "duban.gateway.v1.ProgressService"
TASK = "duban.task.v1.TaskService"
NODE = "duban.node.v1.NodeService"
PLAN = """测试园区行动计划
一、重点任务
1.建设公共平台。开放共享平台。（责任单位：市教委）
"""


class Server:
    """One server as one caller sees it; without `who` it comes without a certificate."""

    def __init__(self, address, name, pki, who=None):
        file = lambda name: (pki / name).read_bytes()
        mine = (file(f"{who}.key"), file(f"{who}.crt")) if who else (None, None)
        self.channel = grpc.secure_channel(
            address,
            grpc.ssl_channel_credentials(file("ca.crt"), *mine),
            [("grpc.ssl_target_name_override", f"{name}.{DOMAIN}")],
        )

    def call(self, method, request, response_type, timeout=DEADLINE):
        stub = self.channel.unary_unary(
            "/" + method, type(request).SerializeToString, response_type.FromString
        )
        return stub(request, timeout=timeout)

    def stream(self, method, request, response_type):
        stub = self.channel.unary_stream(
            "/" + method, type(request).SerializeToString, response_type.FromString
        )
        return stub(request, timeout=DEADLINE)


def board(server, name, **wait):
    request = progress_service_pb2.GetPlanProgressRequest(name=name, **wait)
    return server.call(f"{GATEWAY}/GetPlanProgress", request, progress_pb2.PlanProgress)


def failure(call):
    """The code of a call that must fail, and its one ErrorInfo."""
    try:
        call()
    except grpc.RpcError as error:
        status = status_pb2.Status()
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                status.ParseFromString(value)
        info = error_info_pb2.ErrorInfo()
        if status.details:
            assert len(status.details) == 1 and status.details[0].Unpack(info), status
            assert status.code == error.code().value[0], status
            assert status.message == error.details(), status
            assert info.domain == "duban", info
        return error.code(), info
    raise AssertionError("the call succeeded")


def until(condition):
    """The first true answer of `condition`."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.02)
    raise AssertionError("not in time")


def reads_the_board(hub):
    plan = board(hub, "plans/xuhui")
    pairs = [(task.number, a.agency) for task in plan.tasks for a in task.assignments]
    assert len(plan.tasks) == 18 and len(pairs) == 42 and len(set(pairs)) == 42, plan
    assert plan.assignment_count == 42 and len(plan.agencies) == 18, plan
    assert plan.progress.reported.with_data == 18, plan.progress
    assert not plan.unreachable, plan.unreachable


def works_and_sees_it(hub, node):
    """From a text to a report on the board: each write is read back at its revision, or fresh."""
    imported = hub.call(
        f"{TASK}/ImportPlan",
        task_service_pb2.ImportPlanRequest(plan_id="interop", content=PLAN.encode()),
        task_service_pb2.ImportPlanResponse,
    )
    at_least = progress_pb2.Position(task=imported.revision)
    assert len(board(hub, "plans/interop", at_least=at_least).tasks) == 1
    issued = hub.call(
        f"{TASK}/IssuePlan",
        task_service_pb2.IssuePlanRequest(name="plans/interop"),
        task_service_pb2.IssuePlanResponse,
    )
    at_least = progress_pb2.Position(task=issued.revision)
    plan = board(hub, "plans/interop", at_least=at_least, fresh=True)
    assert plan.position.task >= issued.revision, plan.position
    [assignment] = plan.tasks[0].assignments
    assert assignment.agency == "agencies/education", assignment

    watch = hub.stream(
        f"{GATEWAY}/WatchProgress",
        progress_service_pb2.WatchProgressRequest(name="plans/interop"),
        progress_pb2.PlanProgress,
    )
    # Reporting hears of the issue from the task service, so the state follows.
    issued_state = reporting_pb2.ASSIGNMENT_STATE_ISSUED
    assert any(p.tasks[0].assignments[0].state == issued_state for p in watch)

    name = assignment.assignment
    until(lambda: name in (a.name for a in assignments(node)))
    acknowledge = node_service_pb2.AcknowledgeAssignmentRequest(name=name, request_id="first")
    said = node.call(f"{NODE}/AcknowledgeAssignment", acknowledge, node_pb2.Submission)
    again = node.call(f"{NODE}/AcknowledgeAssignment", acknowledge, node_pb2.Submission)
    assert again.name == said.name, (said, again)
    delivered(node, said)

    content = envelope_pb2.ReportContent(
        assignment=name,
        period=datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m"),
        progress_bp=4200,
        own_rating=envelope_pb2.RATING_GREEN,
        done="平台已上线",
    )
    submit = node_service_pb2.SubmitReportRequest(content=content, request_id="second")
    said = node.call(f"{NODE}/SubmitReport", submit, node_pb2.Submission)
    assert node.call(f"{NODE}/SubmitReport", submit, node_pb2.Submission).name == said.name
    delivered(node, said)

    [seen] = board(hub, "plans/interop", fresh=True).tasks[0].assignments
    assert seen.state == reporting_pb2.ASSIGNMENT_STATE_ACTIVE, seen
    assert seen.progress.reported.basis_points == 4200, seen
    assert seen.report == f"{name}/reports/{content.period}@1", seen
    assert any(p.progress.reported.basis_points == 4200 for p in watch)
    watch.cancel()

    submit.content.done = "别的"
    code, info = failure(lambda: node.call(f"{NODE}/SubmitReport", submit, node_pb2.Submission))
    assert (code, info.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED"), (code, info)


def assignments(node):
    request = node_service_pb2.ListAssignmentsRequest()
    response = node_service_pb2.ListAssignmentsResponse
    return node.call(f"{NODE}/ListAssignments", request, response).assignments


def delivered(node, said):
    """Waits until the hub has answered what the node took."""
    request = node_service_pb2.ListSubmissionsRequest()
    response = node_service_pb2.ListSubmissionsResponse

    def answered():
        listed = node.call(f"{NODE}/ListSubmissions", request, response).submissions
        [one] = [one for one in listed if one.name == said.name]
        return one if one.state != node_pb2.SUBMISSION_STATE_QUEUED else None

    answer = until(answered)
    assert answer.state == node_pb2.SUBMISSION_STATE_ACCEPTED, answer


def fails_as_documented(hub, stranger, foreign):
    code, info = failure(lambda: board(hub, "plans/none"))
    assert (code, info.reason) == (grpc.StatusCode.NOT_FOUND, "PLAN_NOT_FOUND"), (code, info)
    assert "none" in "".join(info.metadata.values()), info
    code, info = failure(lambda: board(hub, "nonsense"))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_NAME"), (code, info)

    request = progress_service_pb2.GetPlanProgressRequest(name="plans/xuhui")
    get = lambda timeout: hub.call(
        f"{GATEWAY}/GetPlanProgress", request, progress_pb2.PlanProgress, timeout
    )
    code, info = failure(lambda: get(None))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "DEADLINE_REQUIRED"), (code, info)
    code, info = failure(lambda: get(600))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "DEADLINE_TOO_LONG"), (code, info)

    ahead = progress_pb2.Position(task=10**9)
    request.at_least.CopyFrom(ahead)
    code, info = failure(lambda: get(1))
    assert code == grpc.StatusCode.DEADLINE_EXCEEDED, (code, info)

    # An agency's system has no business at the hub; who has no certificate does not get through the handshake.
    code, info = failure(lambda: board(foreign, "plans/xuhui"))
    assert (code, info.reason) == (grpc.StatusCode.PERMISSION_DENIED, "NOT_ALLOWED"), (code, info)
    code, info = failure(lambda: board(stranger, "plans/xuhui"))
    assert code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAUTHENTICATED), (code, info)
    assert not info.reason, info


def main():
    top, port = pathlib.Path(sys.argv[1]), sys.argv[2]
    pki, gateway = top / "pki", f"127.0.0.1:{port}"
    node_port = (top / "run/node-education.port").read_text().strip()
    hub = Server(gateway, "gateway.hub", pki, "supervisor")
    node = Server(f"127.0.0.1:{node_port}", "n1.education.node", pki, "system-education")
    reads_the_board(hub)
    works_and_sees_it(hub, node)
    fails_as_documented(
        hub,
        stranger=Server(gateway, "gateway.hub", pki),
        foreign=Server(gateway, "gateway.hub", pki, "system-education"),
    )
    print("interop: Python reads, watches, reports and fails as documented")


main()
