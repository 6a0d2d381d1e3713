#include "services/task/service/edition.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/util/field_mask_util.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/sign/sign.h"
#include "services/domain/plantext/plantext.h"
#include "services/task/domain/edition.h"
#include "services/task/domain/plan_rules.h"
#include "services/task/domain/task_state.h"
#include "services/task/service/reading.h"
#include "services/task/service/rows.h"

namespace duban::task {
namespace {

constexpr size_t kEtagBytes = 8;
// What a plan is said to be by its text.
constexpr const char* kTextFields[] = {
    "title",      "document_number", "issuer", "issue_date",           "effective_date",
    "print_date", "positioning",     "areas",  "total_area_milli_km2", "printed_indicators"};

// The plan with that field alone, without places in the text.
pb::Plan FieldOf(const pb::Plan& plan, const char* field) {
  google::protobuf::FieldMask mask;
  mask.add_paths(field);
  pb::Plan alone;
  google::protobuf::util::FieldMaskUtil::MergeMessageTo(plan, mask, {}, &alone);
  for (pb::PrintedIndicator& indicator : *alone.mutable_printed_indicators()) {
    indicator.clear_range();
  }
  return alone;
}

std::string TaskOfAssignment(const pb::Assignment& assignment) {
  const std::string& name = assignment.name();
  return name.substr(0, name.rfind("/assignments/"));
}

std::string AgencyOf(const pb::Assignment& assignment) {
  const std::string& name = assignment.name();
  return absl::StrCat("agencies/", name.substr(name.rfind('/') + 1));
}

template <typename Tasks>
std::vector<TaskText> TextsOf(const Tasks& tasks) {
  std::map<std::string, int> at;
  std::vector<TaskText> texts;
  for (const pb::Task& task : tasks) {
    const auto above = at.find(task.parent());
    texts.push_back({.number = task.number(),
                     .title = task.title(),
                     .section = task.section(),
                     .body = task.body(),
                     .parent = above == at.end() ? -1 : above->second});
    at.emplace(task.name(), static_cast<int>(at.size()));
  }
  return texts;
}

// The agency was removed, or a unit was resolved to it, by a person.
bool IsDecided(const pb::Assignment& assignment) {
  return !assignment.actor().empty() && assignment.removed_in_edition() == 0;
}

// The rows of one task that say who takes part.
struct Parts {
  std::vector<const pb::Assignment*> assignments;
  std::vector<const pb::UnresolvedUnit*> units;
};

// A damaged name is only itself: folded it may be that of another.
bool IsNamed(const pb::Assignment& assignment, absl::string_view text) {
  const std::string folded = plantext::FoldName(text);
  return std::any_of(assignment.printed_names().begin(), assignment.printed_names().end(),
                     [&](const std::string& name) {
                       if (IsDamaged(name) || IsDamaged(text)) return name == text;
                       return plantext::FoldName(name) == folded;
                     });
}

bool IsSettled(const Parts& parts, absl::string_view text) {
  return std::any_of(parts.assignments.begin(), parts.assignments.end(),
                     [&](const auto* part) { return IsDecided(*part) && IsNamed(*part, text); });
}

// The plan's tasks that the text has, in its order.
std::vector<pb::Task> CurrentTasks(const StoredPlan& plan) {
  std::vector<pb::Task> current;
  std::copy_if(plan.tasks.begin(), plan.tasks.end(), std::back_inserter(current),
               [](const pb::Task& task) { return task.dropped_in_edition() == 0; });
  return current;
}

// `match`: for each task of the draft the index of the same one in `current`.
void LeaveOut(const std::vector<pb::Task>& current, const std::map<std::string, Parts>& parts,
              const std::vector<int>& match, const PlanDraft& draft,
              pb::ImportPlanResponse& answer) {
  google::protobuf::RepeatedPtrField<pb::Doubt> open;
  std::vector<pb::TextRange> settled;
  for (int i = 0; i < draft.import.doubts_size(); ++i) {
    pb::Doubt doubt = draft.import.doubts(i);
    doubt.clear_places();
    for (int place = 0; place < draft.import.doubts(i).places_size(); ++place) {
      const pb::DoubtPlace& at = draft.import.doubts(i).places(place);
      const int task = draft.doubt_tasks[i][place];
      const int same = task < 0 ? -1 : match[task];
      const auto found = same < 0 ? parts.end() : parts.find(current[same].name());
      if (doubt.unit() && found != parts.end() && IsSettled(found->second, doubt.text())) {
        settled.push_back(at.range());
      } else {
        *doubt.add_places() = at;
      }
    }
    if (!doubt.places().empty()) *open.Add() = std::move(doubt);
  }
  answer.mutable_doubts()->Swap(&open);
  for (pb::Finding& finding : *answer.mutable_findings()) {
    const int64_t begin = finding.range().begin();
    const auto in = [&](const pb::TextRange& r) { return r.begin() <= begin && begin < r.end(); };
    if (std::any_of(settled.begin(), settled.end(), in)) finding.set_doubt(false);
  }
}

std::map<std::string, Parts> PartsByTask(const auto& assignments, const auto& units) {
  std::map<std::string, Parts> parts;
  for (const auto& assignment : assignments) {
    parts[TaskOfAssignment(assignment)].assignments.push_back(&assignment);
  }
  for (const auto& unit : units) parts[unit.task()].units.push_back(&unit);
  return parts;
}

class Maker {
 public:
  Maker(const StoredPlan& before, const PlanDraft& draft)
      : before_(before),
        draft_(draft),
        number_(EditionOf(before.plan) + 1),
        parts_before_(PartsByTask(before.assignments, before.units)),
        parts_now_(PartsByTask(draft.import.assignments(), draft.import.unresolved_units())),
        current_(CurrentTasks(before)),
        keys_(TaskKeys(TextsOf(draft.import.tasks()))) {
    for (const pb::Task& task : before.tasks) {
      if (task.dropped_in_edition() != 0) dropped_before_.push_back(&task);
    }
  }

  absl::StatusOr<Edition> Make() {
    DUBAN_RETURN_IF_ERROR(FindPairs());
    out_.import = draft_.import;
    out_.import.clear_tasks();
    out_.import.clear_assignments();
    out_.import.clear_unresolved_units();
    out_.import.set_created(false);
    out_.import.mutable_difference()->set_edition(number_);
    MakePlan();
    MakeTasks();
    for (const pb::Task* task : dropped_before_) Keep(*task);
    MakeEtag();
    return std::move(out_);
  }

 private:
  void MakePlan() {
    pb::Plan& plan = *out_.import.mutable_plan();
    plan.set_time_zone(before_.plan.time_zone());
    plan.set_reporting_cycle(before_.plan.reporting_cycle());
    *plan.mutable_import_time() = before_.plan.import_time();
    plan.set_edition(number_);
    pb::PlanDifference& difference = *out_.import.mutable_difference();
    for (const char* field : kTextFields) {
      const pb::Plan was = FieldOf(before_.plan, field);
      if (was.SerializeAsString() == FieldOf(plan, field).SerializeAsString()) continue;
      difference.mutable_plan_mask()->add_paths(field);
      difference.mutable_previous_plan()->MergeFrom(was);
    }
  }

  // What persons said anew about which task is which. What was said about an earlier edition is in
  // the words of its tasks.
  absl::Status FindPairs() {
    std::map<std::string, const pb::ReviewDecision*> said;
    for (const pb::ReviewDecision& decision : draft_.added) {
      if (decision.verdict() != pb::VERDICT_SAME_TASK) continue;
      const auto fault = [&](absl::string_view why) {
        return InvalidDecision("decisions",
                               absl::StrCat("say of \"", decision.key(), "\" that it is ",
                                            decision.task(), ", ", why));
      };
      const auto now = std::find(keys_.begin(), keys_.end(), decision.key());
      if (now == keys_.end()) return fault("but no task of this text has that key");
      if (!said.emplace(decision.task(), &decision).second) return fault("as another one is");
      const auto is_it = [&](const pb::Task& task) { return task.name() == decision.task(); };
      const auto was = std::find_if(current_.begin(), current_.end(), is_it);
      if (was == current_.end()) {
        const bool known = std::any_of(before_.tasks.begin(), before_.tasks.end(), is_it);
        return known ? fault("which an earlier edition dropped for good")
                     : TaskNotFound(decision.task());
      }
      pairs_.push_back({.before = static_cast<int>(was - current_.begin()),
                        .now = static_cast<int>(now - keys_.begin())});
      paired_by_[pairs_.back().now] = decision.decided_by();
    }
    return absl::OkStatus();
  }

  void MakeTasks() {
    const std::vector<pb::Task>& current = current_;
    const std::vector<int> match =
        MatchTasks(TextsOf(current), TextsOf(draft_.import.tasks()), pairs_);
    LeaveOut(current, parts_before_, match, draft_, out_.import);
    const std::vector<bool> moved = OutOfOrder(match);
    std::vector<bool> found(current.size(), false);
    for (int i = 0; i < draft_.import.tasks_size(); ++i) {
      const pb::Task& drafted = draft_.import.tasks(i);
      if (match[i] < 0) {
        AddNew(drafted);
      } else {
        found[match[i]] = true;
        Carry(current[match[i]], drafted, moved[i]);
      }
      pb::TaskDifference& difference = *out_.import.mutable_difference()->mutable_tasks(i);
      difference.set_key(keys_[i]);
      const auto paired = paired_by_.find(i);
      if (paired != paired_by_.end()) difference.set_paired_by(paired->second);
    }
    for (size_t i = 0; i < current.size(); ++i) {
      if (!found[i]) Drop(current[i]);
    }
  }

  pb::TaskDifference& Differ(const pb::Task& task) {
    pb::TaskDifference& difference = *out_.import.mutable_difference()->add_tasks();
    difference.set_number(task.number());
    difference.set_title(task.title());
    difference.set_section(task.section());
    return difference;
  }

  std::string ParentOf(const pb::Task& drafted) const {
    const auto parent = names_.find(drafted.parent());
    return parent == names_.end() ? "" : parent->second;
  }

  void AddNew(const pb::Task& drafted) {
    names_[drafted.name()] = drafted.name();
    pb::Task& task = *out_.import.add_tasks();
    task = drafted;
    task.set_parent(ParentOf(drafted));
    pb::TaskDifference& difference = Differ(task);
    difference.add_changes(pb::TASK_CHANGE_NEW);
    const Parts& now = parts_now_[drafted.name()];
    for (const pb::Assignment* assignment : now.assignments) {
      Come(AgencyOf(*assignment), assignment->printed_names(0), assignment->role(), difference);
      *out_.import.add_assignments() = *assignment;
    }
    for (const pb::UnresolvedUnit* unit : now.units) {
      Come("", unit->text(), unit->role(), difference);
      *out_.import.add_unresolved_units() = *unit;
    }
  }

  // What is still there keeps its id and what the office made of it; the words are the edition's.
  void Carry(const pb::Task& was, const pb::Task& drafted, bool moved) {
    names_[drafted.name()] = was.name();
    pb::Task task = was;
    task.set_number(drafted.number());
    task.set_title(drafted.title());
    task.set_section(drafted.section());
    task.set_body(drafted.body());
    *task.mutable_source_range() = drafted.source_range();
    task.set_parent(ParentOf(drafted));
    task.set_order(drafted.order());
    task.set_printed_due_date(drafted.printed_due_date());
    task.set_printed_deadline(drafted.printed_deadline());
    *task.mutable_printed_dates() = drafted.printed_dates();
    if (was.due_date() == was.printed_due_date()) task.set_due_date(drafted.due_date());
    if (StateOf(was) != State::kRecorded && was.original_due_date().empty()) {
      task.set_original_due_date(task.due_date());
    }

    pb::TaskDifference& difference = Differ(task);
    difference.set_task(task.name());
    difference.set_previous_number(was.number());
    difference.set_previous_title(was.title());
    difference.set_previous_section(was.section());
    if (moved || task.section() != was.section() || task.parent() != was.parent()) {
      difference.add_changes(pb::TASK_CHANGE_MOVED);
    }
    if (task.number() != was.number()) difference.add_changes(pb::TASK_CHANGE_RENUMBERED);
    if (task.title() != was.title() || task.body() != was.body()) {
      difference.add_changes(pb::TASK_CHANGE_TEXT);
      difference.set_previous_body(was.body());
    }
    CarryParts(was.name(), drafted.name(), difference);
    if (difference.units_size() > 0) difference.add_changes(pb::TASK_CHANGE_UNITS);
    if (task.due_date() != was.due_date()) {
      difference.add_changes(pb::TASK_CHANGE_DUE_DATE);
      difference.set_due_date(task.due_date());
      difference.set_previous_due_date(was.due_date());
    }
    if (task.printed_deadline() != was.printed_deadline() ||
        !std::equal(task.printed_dates().begin(), task.printed_dates().end(),
                    was.printed_dates().begin(), was.printed_dates().end())) {
      difference.add_changes(pb::TASK_CHANGE_PRINTED_DATES);
      difference.set_previous_printed_deadline(was.printed_deadline());
      *difference.mutable_previous_printed_dates() = was.printed_dates();
    }
    if (difference.changes().empty()) difference.add_changes(pb::TASK_CHANGE_SAME);
    Add(was, std::move(task), *out_.import.mutable_tasks());
  }

  void CarryParts(const std::string& task, const std::string& drafted,
                  pb::TaskDifference& difference) {
    const Parts& was = parts_before_[task];
    const Parts& now = parts_now_[drafted];
    std::map<std::string, const pb::Assignment*> named;
    for (const pb::Assignment* assignment : now.assignments) {
      named[AgencyOf(*assignment)] = assignment;
    }
    for (const pb::Assignment* assignment : was.assignments) {
      const auto now_named = named.find(AgencyOf(*assignment));
      CarryAssignment(*assignment, now_named == named.end() ? nullptr : now_named->second,
                      difference);
      if (now_named != named.end()) named.erase(now_named);
    }
    for (const pb::Assignment* assignment : now.assignments) {
      const std::string agency = AgencyOf(*assignment);
      if (!named.contains(agency)) continue;
      Come(agency, assignment->printed_names(0), assignment->role(), difference);
      pb::Assignment& added = *out_.import.add_assignments();
      added = *assignment;
      added.set_name(absl::StrCat(task, "/assignments/", agency.substr(agency.rfind('/') + 1)));
    }
    CarryUnits(task, was, now, difference);
  }

  // `now` is null when the edition does not name the agency.
  void CarryAssignment(const pb::Assignment& was, const pb::Assignment* now,
                       pb::TaskDifference& difference) {
    pb::Assignment next = was;
    const bool stands = was.removed() ? was.removed_in_edition() == 0 : IsDecided(was);
    if (now == nullptr) {
      if (!was.removed() && !stands) {
        next.set_removed(true);
        next.set_removed_in_edition(number_);
        next.set_remove_reason(absl::StrCat("not named in edition ", number_));
        next.set_actor(draft_.actor);
        Go(AgencyOf(was), was.printed_names_size() > 0 ? was.printed_names(0) : "", was.role(),
           difference);
      }
    } else if (!was.removed() || !stands) {
      const bool confirmed = was.provenance() == pb::ROLE_PROVENANCE_CONFIRMED;
      const Part part = confirmed ? PartOf(was) : PartOf(*now);
      SetPart(part, next);
      next.set_order(now->order());
      KeepNames(was, *now, next);
      if (was.removed()) {
        next.set_removed(false);
        next.clear_removed_in_edition();
        next.clear_remove_reason();
        next.clear_actor();
        next.clear_assign_time();  // it gets its part anew
        Come(AgencyOf(was), now->printed_names(0), next.role(), difference);
      } else if (next.role() != was.role()) {
        pb::UnitDifference& unit = Unit(AgencyOf(was), now->printed_names(0), difference);
        unit.set_role(next.role());
        unit.set_previous_role(was.role());
      }
    }
    Add(was, std::move(next), *out_.import.mutable_assignments());
  }

  // The edition's names; those of units that a person resolved stay beside them.
  static void KeepNames(const pb::Assignment& was, const pb::Assignment& now,
                        pb::Assignment& next) {
    *next.mutable_printed_names() = now.printed_names();
    if (!IsDecided(was)) return;
    for (const std::string& name : was.printed_names()) {
      if (!IsNamed(next, name)) next.add_printed_names(name);
    }
  }

  void CarryUnits(const std::string& task, const Parts& was, const Parts& now,
                  pb::TaskDifference& difference) {
    std::map<std::string, const pb::UnresolvedUnit*> waiting;
    for (const pb::UnresolvedUnit* unit : was.units) waiting[unit->text()] = unit;
    for (const pb::UnresolvedUnit* unit : now.units) {
      if (IsSettled(was, unit->text())) continue;
      pb::UnresolvedUnit next = *unit;
      next.set_task(task);
      const auto known = waiting.find(unit->text());
      if (known == waiting.end()) {
        Come("", unit->text(), unit->role(), difference);
        *out_.import.add_unresolved_units() = std::move(next);
        continue;
      }
      const pb::UnresolvedUnit& old = *known->second;
      waiting.erase(known);
      next.set_name(old.name());
      next.set_revision(old.revision());
      if (next.role() != old.role()) {
        pb::UnitDifference& changed = Unit("", next.text(), difference);
        changed.set_role(next.role());
        changed.set_previous_role(old.role());
      }
      Add(old, std::move(next), *out_.import.mutable_unresolved_units());
    }
    for (const auto& [text, unit] : waiting) {
      out_.gone_units.push_back(unit->name());
      Go("", text, unit->role(), difference);
    }
  }

  void Drop(const pb::Task& was) {
    pb::Task task = was;
    task.set_dropped_in_edition(number_);
    task.set_order(out_.import.tasks_size());
    if (StateOf(was) != State::kCancelled) {
      task.set_state(pb::TASK_STATE_CANCELLED);
      task.set_state_reason(absl::StrCat("dropped in edition ", number_));
      task.set_state_actor(draft_.actor);
    }
    pb::TaskDifference& difference = Differ(task);
    difference.set_task(task.name());
    difference.add_changes(pb::TASK_CHANGE_DROPPED);
    const Parts& parts = parts_before_[was.name()];
    for (const pb::UnresolvedUnit* unit : parts.units) out_.gone_units.push_back(unit->name());
    KeepAssignments(parts);
    Add(was, std::move(task), *out_.import.mutable_tasks());
  }

  // A task that an earlier edition dropped; it stands behind the others.
  void Keep(const pb::Task& was) {
    pb::Task task = was;
    task.set_order(out_.import.tasks_size());
    KeepAssignments(parts_before_[was.name()]);
    Add(was, std::move(task), *out_.import.mutable_tasks());
  }

  void KeepAssignments(const Parts& parts) {
    for (const pb::Assignment* assignment : parts.assignments) {
      Add(*assignment, *assignment, *out_.import.mutable_assignments());
    }
  }

  template <typename Row, typename Rows>
  void Add(const Row& was, Row row, Rows& rows) {
    if (row.SerializeAsString() == was.SerializeAsString()) out_.unchanged.insert(was.name());
    *rows.Add() = std::move(row);
  }

  static pb::UnitDifference& Unit(const std::string& agency, const std::string& text,
                                  pb::TaskDifference& difference) {
    pb::UnitDifference& unit = *difference.add_units();
    unit.set_agency(agency);
    unit.set_text(text);
    return unit;
  }
  static void Come(const std::string& agency, const std::string& text, pb::AssignmentRole role,
                   pb::TaskDifference& difference) {
    Unit(agency, text, difference).set_role(role);
  }
  static void Go(const std::string& agency, const std::string& text, pb::AssignmentRole role,
                 pb::TaskDifference& difference) {
    Unit(agency, text, difference).set_previous_role(role);
  }

  // Made of the text, of what is decided anew, of every row as it is, and of what becomes of it;
  // not of the ids that the draft brings.
  void MakeEtag() {
    std::string all = absl::StrCat(draft_.source.sha256(), "\n");
    const auto add = [&](const auto& row) {
      absl::StrAppend(&all, row.name(), "@", row.revision(), "\n");
    };
    add(before_.plan);
    for (const auto& row : before_.tasks) add(row);
    for (const auto& row : before_.assignments) add(row);
    for (const auto& row : before_.units) add(row);
    for (const pb::ReviewDecision& decision : draft_.added) {
      absl::StrAppend(&all, decision.SerializeAsString());
    }
    absl::StrAppend(&all, out_.import.difference().SerializeAsString());
    out_.import.mutable_difference()->set_etag(
        sign::HexEncode(sign::Sha256(all).substr(0, kEtagBytes)));
  }

  const StoredPlan& before_;
  const PlanDraft& draft_;
  const int number_;
  std::map<std::string, Parts> parts_before_, parts_now_;  // by the name of the task
  const std::vector<pb::Task> current_;
  const std::vector<std::string> keys_;  // of the draft's tasks
  std::vector<const pb::Task*> dropped_before_;
  std::vector<TaskPair> pairs_;
  std::map<int, std::string> paired_by_;      // by the index of the draft's task
  std::map<std::string, std::string> names_;  // of the draft's tasks, in the plan
  Edition out_;
};

}  // namespace

absl::StatusOr<Edition> MakeEdition(const StoredPlan& before, const PlanDraft& draft) {
  return Maker(before, draft).Make();
}

void LeaveOutSettled(const StoredPlan& plan, const PlanDraft& draft,
                     pb::ImportPlanResponse& answer) {
  const std::vector<pb::Task> current = CurrentTasks(plan);
  LeaveOut(current, PartsByTask(plan.assignments, plan.units),
           MatchTasks(TextsOf(current), TextsOf(draft.import.tasks())), draft, answer);
}

}  // namespace duban::task
