// A person looks at the doubts of a plan, one after the other.
#pragma once

#include <istream>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "services/cli/text_table.h"
#include "services/domain/plantext/excerpt.h"
#include "services/domain/plantext/review.h"

namespace duban::cli {

// What the doubts are about.
struct ReviewedText {
  plantext::ParsedPlan plan;
  plantext::Original original;
  std::map<std::string, std::string> agencies;  // id → name to show; of the register
};

// The doubt on its original text: line, excerpt with the place marked, what was made of it, what it
// may be, and its key. Ends with a line break.
std::string DoubtAsText(const plantext::Doubt& doubt, const ReviewedText& text, const Style& style);

// Many doubts for scripts.
std::string DoubtsAsJson(const std::vector<plantext::Doubt>& doubts, const ReviewedText& text);

// What a person said of one doubt.
struct Said {
  enum class Kind { kDecided, kSkipped, kQuit } kind = Kind::kQuit;
  plantext::Verdict verdict = plantext::Verdict::kAccepted;
  std::string agency;  // id, with kAgency
};

// Asks until the answer can be said of the doubt; the end of `in` is "quit".
Said AskAbout(const plantext::Doubt& doubt, const ReviewedText& text, std::istream& in,
              std::ostream& out);

}  // namespace duban::cli
