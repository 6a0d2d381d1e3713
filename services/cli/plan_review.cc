#include "services/cli/plan_review.h"

#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "services/cli/hub_data.h"
#include "services/cli/plan_parse/display_width.h"

namespace duban::cli {
namespace {

using nlohmann::ordered_json;
using plantext::Doubt;
using plantext::Place;
using plantext::Verdict;

constexpr int kAround = 30;  // characters shown on either side of the place
constexpr size_t kMostPlaces = 20;
constexpr int kTextColumns = 60;

std::string NumberOf(const Place& place, const ReviewedText& text) {
  return place.task < 0 ? "" : std::string(text.plan.tasks[place.task].number);
}

std::string WhereOf(const Place& place, const ReviewedText& text) {
  const std::string number = NumberOf(place, text);
  return absl::StrCat("line ", text.original.LineAt(place.range.begin),
                      number.empty() ? "" : ", task ", Printable(number));
}

std::string NameOf(const std::string& agency, const ReviewedText& text) {
  const auto name = text.agencies.find(agency);
  return name == text.agencies.end() ? "" : Printable(name->second);
}

// The keys that answer a question about this doubt.
std::string Choices(const Doubt& doubt) {
  std::vector<std::string> choices = {"[a]ccept"};
  if (Fits(doubt, Verdict::kAgency)) {
    if (doubt.proposals.size() == 1) choices.push_back("[1] that agency");
    if (doubt.proposals.size() > 1) {
      choices.push_back(absl::StrCat("[1-", doubt.proposals.size(), "] that agency"));
    }
    choices.push_back("[g ID] another agency");
  }
  if (Fits(doubt, Verdict::kNotATask)) choices.push_back("[n]ot a task");
  choices.push_back("[s]kip");
  choices.push_back("[q]uit");
  return absl::StrJoin(choices, ", ");
}

// What an answer says, or nothing when it says nothing of this doubt; then `why` says why.
std::optional<Said> Understand(const std::string& answer, const Doubt& doubt,
                               const ReviewedText& text, std::string& why) {
  absl::string_view rest = answer;
  size_t number = 0;
  why = absl::StrCat("answer with one of ", Choices(doubt));
  if (answer == "a") return Said{Said::Kind::kDecided, Verdict::kAccepted, ""};
  if (answer == "s") return Said{Said::Kind::kSkipped};
  if (answer == "q") return Said{Said::Kind::kQuit};
  if (answer == "n" && Fits(doubt, Verdict::kNotATask)) {
    return Said{Said::Kind::kDecided, Verdict::kNotATask, ""};
  }
  if (!Fits(doubt, Verdict::kAgency)) return std::nullopt;
  if (absl::SimpleAtoi(answer, &number) && number >= 1 && number <= doubt.proposals.size()) {
    return Said{Said::Kind::kDecided, Verdict::kAgency, doubt.proposals[number - 1].agency_id};
  }
  if (!absl::ConsumePrefix(&rest, "g ")) return std::nullopt;
  const std::string agency = IdOf(std::string(absl::StripAsciiWhitespace(rest)));
  if (text.agencies.contains(agency)) return Said{Said::Kind::kDecided, Verdict::kAgency, agency};
  why = absl::StrCat("the register has no agency \"", Printable(agency), "\"");
  return std::nullopt;
}

}  // namespace

std::string DoubtAsText(const Doubt& doubt, const ReviewedText& text, const Style& style) {
  const Place& first = doubt.places.front();
  const plantext::Excerpt excerpt = text.original.At(first.range, kAround);
  const std::string about = Paint(Clip(Printable(doubt.text), kTextColumns), Colour::kBold, style);
  std::string out = absl::StrCat(
      about, about.empty() ? "[" : "  [", doubt.rule, "]\n  ", Printable(doubt.message), "\n  ",
      WhereOf(first, text), ": ", Printable(excerpt.before),
      Paint(absl::StrCat("»", Printable(excerpt.spot), "«"), Colour::kAmber, style),
      Printable(excerpt.after), "\n");
  std::vector<std::string> others;
  for (size_t i = 1; i < doubt.places.size() && i <= kMostPlaces; ++i) {
    others.push_back(WhereOf(doubt.places[i], text));
  }
  if (doubt.places.size() > kMostPlaces + 1) others.push_back("…");
  if (!others.empty()) absl::StrAppend(&out, "  also ", absl::StrJoin(others, "; "), "\n");
  if (!doubt.after.empty()) {
    absl::StrAppend(&out, "  read as: ", Clip(Printable(doubt.after), kTextColumns), "\n");
  }
  int number = 0;
  for (const plantext::Proposal& proposal : doubt.proposals) {
    absl::StrAppend(&out, "  ", ++number, ". ", proposal.agency_id, "  ", Printable(proposal.name),
                    "  ", proposal.score, "\n");
  }
  absl::StrAppend(&out, "  key: ", Printable(doubt.key), "\n");
  return out;
}

std::string DoubtsAsJson(const std::vector<Doubt>& doubts, const ReviewedText& text) {
  ordered_json all = ordered_json::array();
  for (const Doubt& doubt : doubts) {
    ordered_json places = ordered_json::array(), proposals = ordered_json::array();
    for (const Place& place : doubt.places) {
      places.push_back({{"line", text.original.LineAt(place.range.begin)},
                        {"range", {place.range.begin, place.range.end}},
                        {"task_number", NumberOf(place, text)}});
    }
    for (const plantext::Proposal& proposal : doubt.proposals) {
      proposals.push_back(
          {{"agency", proposal.agency_id}, {"name", proposal.name}, {"score", proposal.score}});
    }
    all.push_back({{"key", doubt.key},
                   {"rule", doubt.rule},
                   {"text", doubt.text},
                   {"after", doubt.after},
                   {"message", doubt.message},
                   {"unit", doubt.unit},
                   {"in_one_task", InOneTask(doubt)},
                   {"places", std::move(places)},
                   {"proposals", std::move(proposals)}});
  }
  const ordered_json out = {{"doubts", std::move(all)}};
  return out.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Said AskAbout(const Doubt& doubt, const ReviewedText& text, std::istream& in, std::ostream& out) {
  std::string line, why;
  while (true) {
    out << "  " << Choices(doubt) << ": " << std::flush;
    if (!std::getline(in, line)) {
      out << "\n";
      return {};
    }
    const auto said = Understand(std::string(absl::StripAsciiWhitespace(line)), doubt, text, why);
    if (said) {
      if (said->verdict == Verdict::kAgency) {
        out << "  → " << said->agency << " " << NameOf(said->agency, text) << "\n";
      }
      return *said;
    }
    out << "  " << why << "\n";
  }
}

}  // namespace duban::cli
