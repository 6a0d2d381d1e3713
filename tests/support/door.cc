#include "tests/support/door.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/text_format.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/base/status.h"
#include "services/common/rpc/handler.h"
#include "tests/support/office.h"

namespace duban::tests {
namespace {

using ::google::protobuf::DescriptorPool;
using ::google::protobuf::MessageFactory;
using ::google::protobuf::MethodDescriptor;

constexpr absl::Duration kPatience = absl::Minutes(1);
constexpr int kAskEveryMs = 20;

std::map<Mode, std::unique_ptr<Cluster>>& SharedHubs() {
  static auto* hubs = new std::map<Mode, std::unique_ptr<Cluster>>();
  return *hubs;
}

std::map<Mode, std::set<std::string>>& Records() {
  static auto* records = new std::map<Mode, std::set<std::string>>();
  return *records;
}

std::string Serialised(const MethodDescriptor& method, const std::string& text) {
  std::unique_ptr<google::protobuf::Message> request(
      MessageFactory::generated_factory()->GetPrototype(method.input_type())->New());
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, request.get())) << text;
  return request->SerializeAsString();
}

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  buffer.Dump(&slices);
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// Waits for the only operation under way; false when it failed.
bool Done(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue.Next(&tag, &ok) && ok;
}

}  // namespace

Cluster& SharedHub(Mode mode) {
  auto& hub = SharedHubs()[mode];
  if (hub) return *hub;
  hub = std::make_unique<Cluster>(mode);
  hub->OpenEnrolment();
  Office office(*hub);
  office.LoadRegister();
  office.Import("small", SmallPlanText());
  office.Issue("small");
  hub->AddNodes({"sci-tech", "finance", "health"});
  return *hub;
}

bool HasSharedHub(Mode mode) { return SharedHubs().contains(mode); }

void StopSharedHubs() { SharedHubs().clear(); }

std::string Outcome(const absl::Status& status) {
  if (status.ok()) return "OK";
  return absl::StrCat(absl::StatusCodeToString(status.code()), " / ", ErrorReason(status));
}

Door::Door(Mode mode, std::string service, std::shared_ptr<grpc::Channel> channel)
    : mode_(mode), service_(std::move(service)), channel_(std::move(channel)) {}

absl::StatusOr<std::string> Door::Ask(const std::string& method, const std::string& request,
                                      absl::Duration within) const {
  const auto* descriptor =
      DescriptorPool::generated_pool()->FindMethodByName(absl::StrCat(service_, ".", method));
  if (descriptor == nullptr) return absl::InternalError("no such method: " + method);
  grpc::ClientContext context;
  if (within != kNoDeadline) context.set_deadline(absl::ToChronoTime(absl::Now() + within));
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(channel_);
  auto call = stub.PrepareCall(&context, absl::StrCat("/", service_, "/", method), &queue);
  const grpc::Slice slice(Serialised(*descriptor, request));
  call->StartCall(nullptr);
  bool going = Done(queue);
  if (going) {
    call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
    Done(queue);
  }
  grpc::ByteBuffer response;
  call->Read(&response, nullptr);
  going = Done(queue);
  if (going && descriptor->server_streaming()) context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  Done(queue);
  if (going && (status.ok() || descriptor->server_streaming())) return BytesOf(response);
  return rpc::FromGrpc(status);
}

std::string Door::MustAsk(const std::string& method, const std::string& request) const {
  auto answer = Ask(method, request);
  EXPECT_TRUE(answer.ok()) << method << "(" << request << "): " << answer.status();
  return answer.value_or("");
}

void Door::Refuses(const std::string& method, const std::string& request,
                   const std::string& outcome, absl::Duration within) const {
  const absl::Status status = Ask(method, request, within).status();
  EXPECT_EQ(Outcome(status), outcome)
      << method << "(" << request.substr(0, 200) << "): " << status.message();
  Record(mode_, absl::StrCat(service_, ".", method), Outcome(status));
}

void Door::WhenAccepts(const std::string& method, const std::string& request,
                       const std::function<bool(const std::string&)>& enough) const {
  const absl::Time give_up = absl::Now() + kPatience;
  auto answer = Ask(method, request);
  while (!answer.ok() || (enough && !enough(*answer))) {
    if (absl::Now() > give_up) {
      ADD_FAILURE() << method << "(" << request << "): " << answer.status();
      return;
    }
    poll(nullptr, 0, kAskEveryMs);
    answer = Ask(method, request);
  }
}

void Record(Mode mode, const std::string& method, const std::string& outcome) {
  Records()[mode].insert(absl::StrCat(method, " ", outcome));
}

const std::set<std::string>& Recorded(Mode mode) { return Records()[mode]; }

std::string Quoted(const std::string& bytes) {
  return absl::StrCat("\"", absl::CEscape(bytes), "\"");
}

}  // namespace duban::tests
