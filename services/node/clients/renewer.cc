#include "services/node/clients/renewer.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "services/common/base/log.h"
#include "services/common/base/status.h"
#include "services/common/enrolment/credentials.h"

namespace duban::node {
namespace {

class Running final : public Renewer {
 public:
  Running(std::string dir, const Clock& clock, std::function<void()> on_change)
      : dir_(std::move(dir)), clock_(clock), on_change_(std::move(on_change)) {
    // Of the start, so that a change from here on is seen.
    if (const auto own = enrolment::ReadCredentials(dir_); own.ok()) Note(*own);
    thread_ = std::thread([this] { Loop(); });
  }

  ~Running() override {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  Seen Get() const override {
    std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  // When a certificate is tried again, and after how long once more.
  struct Retry {
    absl::Time next = absl::InfinitePast();
    absl::Duration pause = kRenewalRetry;
  };

  void Loop() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, absl::ToChronoNanoseconds(kLookEvery), [this] { return stop_; })) {
      lock.unlock();
      Look();
      lock.lock();
    }
  }

  void Look() {
    auto own = enrolment::ReadCredentials(dir_);
    if (!own.ok()) return Fail("", own.status());
    if (Due("", own->certificate)) {
      auto renewed = enrolment::Renew(dir_, clock_);
      renewed.ok() ? Succeed("", renewed->certificate) : Fail("", renewed.status());
      if (renewed.ok()) own = std::move(renewed);
    }
    if (Note(*own)) on_change_();
    for (const std::string& system : enrolment::SystemsOf(dir_)) {
      const auto certificate = enrolment::ReadSystem(dir_, system);
      if (!certificate.ok() || !Due(system, *certificate)) continue;
      const auto renewed = enrolment::RenewSystem(dir_, system, clock_);
      renewed.ok() ? Succeed(system, *certificate) : Fail(system, renewed.status());
    }
  }

  bool Due(const std::string& system, const sign::Certificate& certificate) {
    const absl::Time now = clock_.Now();
    return now >= enrolment::RenewAt(certificate, jitter_) && now >= retries_[system].next;
  }

  void Succeed(const std::string& system, const sign::Certificate& certificate) {
    retries_[system] = {};
    Log(LogLevel::kInfo, "certificate_renewed",
        {{"system", system}, {"serial", certificate.serial}});
    if (!system.empty()) return;
    std::lock_guard lock(mutex_);
    seen_.error.clear();
  }

  void Fail(const std::string& system, const absl::Status& status) {
    Retry& retry = retries_[system];
    retry.next = clock_.Now() + retry.pause;
    retry.pause = std::min(retry.pause * 2, kMaxRenewalRetry);
    const std::string reason = ErrorReason(status);
    if (reasons_[system] != reason) {
      Log(LogLevel::kWarning, "certificate_not_renewed",
          {{"system", system}, {"reason", reason}, {"message", std::string(status.message())}});
    }
    reasons_[system] = reason;
    if (!system.empty()) return;
    std::lock_guard lock(mutex_);
    seen_.error = reason;
  }

  // Whether these are others than before.
  bool Note(const enrolment::Credentials& own) {
    std::lock_guard lock(mutex_);
    seen_.certificate_end = own.certificate.not_after;
    return std::exchange(version_, own.version) != own.version;
  }

  const std::string dir_;
  const Clock& clock_;
  const std::function<void()> on_change_;
  std::mt19937 random_{std::random_device{}()};
  const double jitter_ = std::uniform_real_distribution<double>(0, 1)(random_);
  std::map<std::string, Retry> retries_;        // of the thread; "" is the node itself
  std::map<std::string, std::string> reasons_;  // likewise
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  int version_ = 0;
  Seen seen_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Renewer> Renewer::Start(const std::string& dir, const Clock& clock,
                                        std::function<void()> on_change) {
  return std::make_unique<Running>(dir, clock, std::move(on_change));
}

}  // namespace duban::node
