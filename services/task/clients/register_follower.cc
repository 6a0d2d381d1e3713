#include "services/task/clients/register_follower.h"

#include <mutex>
#include <utility>
#include <vector>

#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "duban/common/v1/feed.pb.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/feed/follower.h"
#include "services/common/feed/messages.h"
#include "services/common/rpc/client.h"

namespace duban::task {
namespace {

namespace common = duban::common::v1;
using duban::agency::v1::Agency;
using duban::agency::v1::AgencyService;

constexpr char kCopies[] = "register/agencies/";
// Holds a Snapshot without rows: the store followed and the revision reached.
constexpr char kCursor[] = "register/cursor";

absl::Status PutPrivate(feed::Tx& tx, const std::string& key,
                        const google::protobuf::Message& message) {
  return tx.Put({.key = key,
                 .type = message.GetDescriptor()->full_name(),
                 .image = message.SerializeAsString(),
                 .logged = false});
}

absl::Status PutCursor(feed::Tx& tx, const feed::FeedCursor& cursor) {
  common::Snapshot at;
  at.set_store_id(cursor.store_id);
  at.set_revision(cursor.revision);
  return PutPrivate(tx, kCursor, at);
}

// Copies one row of the register; rows that are no agencies are of no use here.
absl::Status ApplyRow(const common::Row& row, feed::Tx& tx) {
  auto name = AgencyName::Parse(row.key());
  if (!name.ok()) return absl::OkStatus();
  const std::string key = RegisterKey(name->agency);
  Agency agency;
  if (row.has_image() && row.image().UnpackTo(&agency)) return PutPrivate(tx, key, agency);
  DUBAN_ASSIGN_OR_RETURN(auto copy, tx.Get(key));
  return copy ? tx.Delete(key) : absl::OkStatus();
}

absl::Status DeleteCopies(feed::Tx& tx) {
  std::vector<std::string> keys;
  DUBAN_RETURN_IF_ERROR(tx.Scan({.prefix = kCopies}, [&](const feed::Row& row) {
    keys.push_back(row.key);
    return true;
  }));
  for (const std::string& key : keys) DUBAN_RETURN_IF_ERROR(tx.Delete(key));
  return absl::OkStatus();
}

void AddNames(const Agency& agency, RegisterNames& all) {
  auto parsed = AgencyName::Parse(agency.name());
  if (!parsed.ok()) return;
  const auto add = [&](const std::string& name) {
    if (!name.empty()) all.names.push_back({.agency_id = parsed->agency, .name = name});
  };
  add(agency.full_name());
  add(agency.short_name());
  add(agency.english_name());
  for (const std::string& name : agency.former_names()) add(name);
  for (const std::string& name : agency.aliases()) add(name);
  if (agency.kind() == duban::agency::v1::AGENCY_KIND_COLLECTIVE)
    all.collectives.insert(parsed->agency);
}

class FollowerImpl final : public RegisterFollower {
 public:
  explicit FollowerImpl(feed::Store& store) : store_(store) {}

  std::shared_ptr<const RegisterNames> names() const override {
    std::lock_guard lock(mutex_);
    return names_;
  }

  // Reads the copy that the store has, if any.
  absl::Status Load() {
    return store_.Read([this](feed::View& view) -> absl::Status {
      DUBAN_ASSIGN_OR_RETURN(auto at, feed::GetMessage<common::Snapshot>(view, kCursor));
      if (!at) return absl::OkStatus();
      cursor_ = {.store_id = at->store_id(), .revision = at->revision()};
      auto names = std::make_shared<RegisterNames>();
      DUBAN_RETURN_IF_ERROR(
          feed::ScanMessages<Agency>(view, {.prefix = kCopies}, [&](const Agency& agency) {
            AddNames(agency, *names);
            return true;
          }));
      std::lock_guard lock(mutex_);
      names_ = std::move(names);
      return absl::OkStatus();
    });
  }

  void Follow(const FollowRegisterOptions& options) {
    std::shared_ptr<AgencyService::Stub> stub = AgencyService::NewStub(
        rpc::NewChannel({.address = options.address,
                         .server_name = rpc::HubServerName("agency", options.trust_domain),
                         .tls = options.tls}));
    follower_ = feed::Follow(
        {.open = [stub](grpc::ClientContext* context, const common::WatchRequest& request)
             -> std::unique_ptr<grpc::ClientReader<common::WatchResponse>> {
           return stub->WatchRegister(context, request);
         },
         .start = cursor_,
         .on_snapshot = [this](const common::Snapshot& whole) { return ApplySnapshot(whole); },
         .on_changes = [this](const common::Changes& changes) { return ApplyChanges(changes); },
         .name = "agency"});
  }

 private:
  absl::Status ApplySnapshot(const common::Snapshot& snapshot) {
    return Apply({.store_id = snapshot.store_id(), .revision = snapshot.revision()},
                 snapshot.rows(), true);
  }

  absl::Status ApplyChanges(const common::Changes& changes) {
    return Apply({.store_id = cursor_.store_id, .revision = changes.revision()}, changes.rows(),
                 false);
  }

  // One transaction: the rows, in the place of all others when `replace`, and where the copy stands
  // now.
  absl::Status Apply(const feed::FeedCursor& cursor,
                     const google::protobuf::RepeatedPtrField<common::Row>& rows, bool replace) {
    auto written = store_.WriteAndWait([&](feed::Tx& tx) -> absl::Status {
      if (replace) DUBAN_RETURN_IF_ERROR(DeleteCopies(tx));
      for (const common::Row& row : rows) DUBAN_RETURN_IF_ERROR(ApplyRow(row, tx));
      return PutCursor(tx, cursor);
    });
    DUBAN_RETURN_IF_ERROR(written.status());
    return Load();
  }

  feed::Store& store_;
  mutable std::mutex mutex_;
  std::shared_ptr<const RegisterNames> names_;  // guarded by mutex_
  // Of the follower's thread, once it runs.
  feed::FeedCursor cursor_;
  std::unique_ptr<feed::Follower> follower_;  // last: its end comes before that of what it uses
};

}  // namespace

absl::StatusOr<std::unique_ptr<RegisterFollower>> FollowRegister(
    feed::Store& store, const FollowRegisterOptions& options) {
  auto follower = std::make_unique<FollowerImpl>(store);
  DUBAN_RETURN_IF_ERROR(follower->Load());
  follower->Follow(options);
  return follower;
}

}  // namespace duban::task
