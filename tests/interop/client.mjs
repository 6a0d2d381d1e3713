// A Node.js client that shares nothing with the suite but the protos: reads, watches, and fails as docs/integrate.md says.
//
// Usage: client.mjs DIR PORT PROTOS...; DIR is what `deploy/quickstart --keep DIR --port PORT` serves from, PROTOS are the folders
// that the protos are found in.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const [top, port, ...protos] = process.argv.slice(2);
const domain = 'duban.example';
const loaded = protoLoader.loadSync(
  ['duban/gateway/v1/progress_service.proto', 'duban/task/v1/task_service.proto', 'google/rpc/status.proto', 'google/rpc/error_info.proto'],
  { includeDirs: protos, keepCase: true, longs: Number, enums: String, defaults: true },
);
const { duban } = grpc.loadPackageDefinition(loaded);
const pem = (name) => readFileSync(path.join(top, 'pki', name));
const within = (seconds) => ({ deadline: Date.now() + seconds * 1000 });

// A stub of the gateway; without `who` the caller has no certificate.
function stub(Service, who) {
  const own = who ? [pem(`${who}.key`), pem(`${who}.crt`)] : [];
  return new Service(`127.0.0.1:${port}`, grpc.credentials.createSsl(pem('ca.crt'), ...own), {
    'grpc.ssl_target_name_override': `gateway.hub.${domain}`,
  });
}

// The answer of a unary call, as a promise.
const ask = (server, method, request, seconds = 30) =>
  new Promise((resolve, reject) => {
    server[method](request, within(seconds), (error, answer) => (error ? reject(error) : resolve(answer)));
  });

// The code of a call that must fail, and its one ErrorInfo; without details, an empty one.
async function failure(call) {
  const error = await call.then(
    () => assert.fail('the call succeeded'),
    (failed) => failed,
  );
  assert.ok(error instanceof Error && 'code' in error, error);
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  if (!bytes) return { code: error.code, reason: '', metadata: {} };
  const status = loaded['google.rpc.Status'].deserialize(bytes);
  assert.equal(status.code, error.code);
  assert.equal(status.message, error.details);
  assert.equal(status.details.length, 1);
  const [detail] = status.details;
  assert.equal(detail.type_url, 'type.googleapis.com/google.rpc.ErrorInfo');
  const info = loaded['google.rpc.ErrorInfo'].deserialize(detail.value);
  assert.equal(info.domain, 'duban');
  return { code: error.code, reason: info.reason, metadata: info.metadata };
}

const Progress = duban.gateway.v1.ProgressService;
const hub = stub(Progress, 'supervisor');
const tasks = stub(duban.task.v1.TaskService, 'supervisor');

// Reads the board.
const plan = await ask(hub, 'GetPlanProgress', { name: 'plans/xuhui', fresh: true });
const pairs = plan.tasks.flatMap((task) => task.assignments.map((one) => `${task.number} ${one.agency}`));
assert.equal(plan.tasks.length, 18);
assert.equal(new Set(pairs).size, 42);
assert.equal(plan.agencies.length, 18);
assert.equal(plan.time_zone, 'Asia/Shanghai');
assert.deepEqual(plan.unreachable, []);

// Watches it: the board now, then the change that this client makes. It has a plan of its own.
const content = Buffer.from('测试园区行动计划\n一、重点任务\n1.建设公共平台。开放共享平台。（责任单位：市教委）\n');
const imported = await ask(tasks, 'ImportPlan', { plan_id: 'interop-node', content });
await ask(hub, 'GetPlanProgress', { name: 'plans/interop-node', at_least: { task: imported.revision } });
const watch = hub.WatchProgress({ name: 'plans/interop-node' }, within(30));
let issued = false;
for await (const board of watch) {
  const [task] = board.tasks;
  if (!issued) {
    issued = true;
    assert.equal(task.state, 'BOARD_STATE_RECORDED');
    await ask(tasks, 'IssuePlan', { name: 'plans/interop-node' });
  } else if (task.assignments[0].state === 'ASSIGNMENT_STATE_ISSUED') {
    assert.equal(task.assignments[0].agency, 'agencies/education');
    break; // ends the stream
  }
}
assert.ok(issued, 'the watch said nothing');

// Fails as documented.
const { status } = grpc;
const none = await failure(ask(hub, 'GetPlanProgress', { name: 'plans/none' }));
assert.deepEqual([none.code, none.reason], [status.NOT_FOUND, 'PLAN_NOT_FOUND']);
assert.match(Object.values(none.metadata).join(), /none/);
const nonsense = await failure(ask(hub, 'GetPlanProgress', { name: 'nonsense' }));
assert.deepEqual([nonsense.code, nonsense.reason], [status.INVALID_ARGUMENT, 'INVALID_NAME']);
const long = await failure(ask(hub, 'GetPlanProgress', { name: 'plans/xuhui' }, 600));
assert.deepEqual([long.code, long.reason], [status.INVALID_ARGUMENT, 'DEADLINE_TOO_LONG']);
const foreign = await failure(ask(stub(Progress, 'system-education'), 'GetPlanProgress', { name: 'plans/xuhui' }));
assert.deepEqual([foreign.code, foreign.reason], [status.PERMISSION_DENIED, 'NOT_ALLOWED']);
const stranger = await failure(ask(stub(Progress), 'GetPlanProgress', { name: 'plans/xuhui' }, 5));
assert.equal(stranger.reason, '');
assert.ok([status.UNAVAILABLE, status.DEADLINE_EXCEEDED].includes(stranger.code), String(stranger.code));

console.log('interop: Node.js reads, watches and fails as documented');
process.exit(0);
