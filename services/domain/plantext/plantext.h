#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

// Reads the official text of a plan as it reached us: damaged, wrapped, in any of the usual shapes.
//
// Pure: bytes and names in, values out; no file, clock or network. Linear in the text.
// What was repaired and what is doubted is said in `findings`; nothing is dropped in silence.
// The steps and the rules: README.md of this folder.
namespace duban::plantext {

// Code points of the decoded original, a byte order mark not counted; `end` is exclusive.
struct Range {
  int32_t begin = 0;
  int32_t end = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

enum class Role : uint8_t { kResponsible, kLead, kSupporting };

// A collective (各地区, 有关部门) names nobody in particular: listed, never issued.
enum class UnitKind : uint8_t { kUnit, kCollective };

struct Finding {
  std::string rule;  // "step.what", such as "repair.byte-slip"; stable, tests assert it
  int line = 0;      // of the original, from 1
  Range range;
  std::string before, after;  // after is empty where nothing was changed
  int confidence = 0;         // percent
  std::string message;        // for people, in English
  bool doubt = false;         // a person should look
};

// The words of units and tasks are kept by their plan: valid while it or a copy of it lives.
struct Unit {
  // As printed, after repair; blanks and line breaks inside Chinese names removed.
  absl::string_view name;
  Range range;
  int segment = 0;  // which of the task's labels named it, from 0
  Role role = Role::kResponsible;
  UnitKind kind = UnitKind::kUnit;
  bool lead_explicit = false;  // the text says 牵头, or said once that the first listed leads
  bool lead_hint = false;      // listed first where nothing says who leads
};

struct Area {
  std::string name;
  int64_t milli_km2 = 0;  // 1 km² = 1000; 0: not said
};

// A row of a table of figures; such tables name no tasks.
struct Indicator {
  struct Value {
    std::string column;  // its heading as printed, such as "2025年"
    std::string value;   // as printed, such as "≥ 60%"
  };
  std::string name;
  std::string measure;  // of a column headed 单位; empty where there is none
  std::string section;  // the headings above the table, joined by " > "
  std::vector<Value> values;
  Range range;
};

struct ParsedTask {
  // As printed without the trailing dot: "1", "（一）", "一是", "7.1"; may repeat.
  absl::string_view number;
  absl::string_view title;    // empty where the text has none
  absl::string_view section;  // the headings above it, joined by " > "
  absl::string_view body;     // without number, title and labels
  std::vector<Unit> units;
  Range range;      // from the number to the end of its last label
  int parent = -1;  // index of the task above it, in plans of two levels
  // As printed, of a table's column or a 完成时限 label; not guessed from sentences.
  absl::string_view deadline;
  // 2025年底前, 今年6月底前 in the body, as printed, each once: what has to be done by then is for
  // a person to say.
  std::vector<absl::string_view> dates;
};

struct ParsedPlan {
  std::string title, document_number, issuer;
  std::string issue_date;      // YYYY-MM-DD; YYYY-MM or empty where the text says no more
  std::string effective_date;  // 自…起施行; likewise
  std::string print_date;      // …印发 at the end; likewise
  std::string positioning;
  std::vector<Area> areas;
  int64_t total_area_milli_km2 = 0;  // 1 km² = 1000; 0: not said
  std::vector<Indicator> indicators;
  std::deque<ParsedTask> tasks;   // in document order, a parent before its children
  std::vector<Finding> findings;  // in the order of the text
  std::string encoding;           // "UTF-8" or "GB18030"
  std::shared_ptr<const void> words;  // what units and tasks refer to
};

// One name of one agency: full, short, former, English or an alias. Several may share an agency.
struct RegisterName {
  std::string agency_id;
  std::string name;
};

inline constexpr int64_t kMaxBytes = int64_t{128} << 20;

struct ParseOptions {
  absl::Span<const RegisterName> names;  // evidence for repairs; may be empty
  int64_t max_bytes = kMaxBytes;
};

// Errors, as reasons of MakeError:
//   EMPTY_TEXT (INVALID_ARGUMENT)         nothing but blanks
//   BINARY_TEXT (INVALID_ARGUMENT)        not a text: an office file, an archive, NUL bytes
//   INVALID_ENCODING (INVALID_ARGUMENT)   neither UTF-8 nor GB18030; metadata: byte_offset, line
//   TEXT_TOO_LARGE (RESOURCE_EXHAUSTED)   more than max_bytes; metadata: bytes, limit
//   TOO_MANY_TASKS (RESOURCE_EXHAUSTED)   more than kMaxTasks of limits.h; metadata: tasks, limit
//   TOO_MANY_ITEMS (RESOURCE_EXHAUSTED)   more than kMaxItems of limits.h; metadata: limit
//   NO_TASKS (INVALID_ARGUMENT)           a text, but no task with a responsible unit in it
absl::StatusOr<ParsedPlan> Parse(absl::string_view bytes, const ParseOptions& options = {});

// A name in the register that is near to the unit. Score 0 to 1000; 1000 is never reached.
struct Proposal {
  std::string agency_id;
  std::string name;
  int score = 0;
};

struct Resolution {
  std::string agency_id;            // empty unless the folded names are equal, for one agency only
  std::vector<Proposal> proposals;  // best first, at most five, one an agency; empty when linked
  bool collective = false;          // 各地区, 有关部门: never linked
};

// Resolves the name of one unit: equal after FoldName → linked; near → proposals; else nothing.
// A name that two agencies share links to neither and proposes both.
Resolution Resolve(absl::string_view unit, absl::Span<const RegisterName> names);

// The key under which names are compared: width, case, blanks, punctuation and traditional
// characters folded away. Empty for a name without letters or digits.
std::string FoldName(absl::string_view name);

}  // namespace duban::plantext
