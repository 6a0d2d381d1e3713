#include "services/common/feed/feed.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>

namespace duban::feed {
namespace {

constexpr size_t kTailCommits = 1000;
constexpr size_t kTailBytes = 4 << 20;

// One watcher's wish to be woken. The lock is held during a call, so that the end of a subscription
// waits for it.
struct Waker {
  std::mutex mutex;
  std::function<void()> wake;
};

size_t BytesOf(const Commit& commit) {
  size_t bytes = 0;
  for (const Change& change : commit.changes)
    bytes += change.row.key.size() + change.row.image.size();
  return bytes;
}

}  // namespace

struct Feed::State {
  explicit State(Store& of) : store(of) {}

  void Add(std::shared_ptr<const Commit> commit) {
    std::vector<std::shared_ptr<Waker>> to_wake;
    {
      std::lock_guard lock(mutex);
      bytes += BytesOf(*commit);
      tail.push_back(std::move(commit));
      while (tail.size() > kTailCommits || (bytes > kTailBytes && tail.size() > 1)) {
        bytes -= BytesOf(*tail.front());
        tail.pop_front();
      }
      to_wake = wakers;
    }
    for (const auto& waker : to_wake) {
      std::lock_guard lock(waker->mutex);
      if (waker->wake) waker->wake();
    }
  }

  void Remove(const std::shared_ptr<Waker>& waker) {
    {
      std::lock_guard lock(mutex);
      wakers.erase(std::remove(wakers.begin(), wakers.end(), waker), wakers.end());
    }
    std::lock_guard lock(waker->mutex);
    waker->wake = nullptr;
  }

  Store& store;
  std::mutex mutex;
  std::deque<std::shared_ptr<const Commit>> tail;  // without gaps: revisions have none
  size_t bytes = 0;
  std::vector<std::shared_ptr<Waker>> wakers;
};

// The listener shares the state, so that a transaction that ends late finds it.
Feed::Feed(Store& store) : state_(std::make_shared<State>(store)) {
  store.SetListener(
      [state = state_](std::shared_ptr<const Commit> commit) { state->Add(std::move(commit)); });
}

Feed::~Feed() = default;

absl::StatusOr<std::vector<std::shared_ptr<const Commit>>> Feed::After(int64_t after,
                                                                       int limit) const {
  {
    std::lock_guard lock(state_->mutex);
    const auto& tail = state_->tail;
    if (!tail.empty() && tail.front()->revision <= after + 1) {
      const size_t first = std::min<size_t>(after + 1 - tail.front()->revision, tail.size());
      const size_t count = std::min<size_t>(limit, tail.size() - first);
      return std::vector(tail.begin() + first, tail.begin() + first + count);
    }
  }
  return state_->store.CommitsAfter(after, limit);
}

std::unique_ptr<Feed::Subscription> Feed::Subscribe(std::function<void()> wake) {
  class Handle : public Subscription {
   public:
    Handle(std::shared_ptr<State> state, std::shared_ptr<Waker> waker)
        : state_(std::move(state)), waker_(std::move(waker)) {}
    ~Handle() override { state_->Remove(waker_); }

   private:
    std::shared_ptr<State> state_;
    std::shared_ptr<Waker> waker_;
  };
  auto waker = std::make_shared<Waker>();
  waker->wake = std::move(wake);
  {
    std::lock_guard lock(state_->mutex);
    state_->wakers.push_back(waker);
  }
  return std::make_unique<Handle>(state_, std::move(waker));
}

Store& Feed::store() const { return state_->store; }

}  // namespace duban::feed
