#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// Collects findings; at most kMaxFindings, then one that says how many more there were.
class Findings {
 public:
  explicit Findings(const Text& original) : lines_(original) {}

  // What was changed, with the certainty that the change is right.
  void Repair(std::string_view rule, Range range, std::u16string_view before,
              std::u16string_view after, int confidence, std::string message);
  // What a person should look at. `before` is the text in question.
  void Doubt(std::string_view rule, Range range, std::u16string_view before, std::string message);

  std::vector<Finding> Take();  // in the order of the text

 private:
  void Add(Finding finding);
  Lines lines_;
  std::vector<Finding> findings_;
  size_t left_out_ = 0;
};

}  // namespace duban::plantext
