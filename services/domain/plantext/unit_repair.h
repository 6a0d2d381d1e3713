#pragma once

#include <deque>

#include "absl/types/span.h"
#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/label.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/table.h"

namespace duban::plantext {

// Step 6. Mends names in labels by the names that stand whole elsewhere in the labels, then by the
// register: characters lost at a line break, a separator lost there or swallowed by damage.
// `clipped_page`: the page cut off the ends of its lines. Only ever to a name that is known; what
// cannot be mended stays as read, with a finding.
void RepairUnits(absl::Span<const RegisterName> names, std::deque<Label>* labels,
                 std::deque<RowTask>* rows, bool clipped_page, Findings* findings);

// "The first listed leads", said for one label or for all that follow; `responsible_lead`: those
// responsible lead where a label names no lead.
void ApplyFirstLeads(bool said_for_all, bool responsible_lead, std::deque<Label>* labels,
                     std::deque<RowTask>* rows);

}  // namespace duban::plantext
