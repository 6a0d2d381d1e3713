#pragma once

#include "duban/reporting/v1/reporting.pb.h"
#include "services/common/base/names.h"
#include "services/domain/report/assignment.h"
#include "services/domain/report/content.h"
#include "services/domain/report/version.h"

// Messages as the rules of services/domain/report read them.
namespace duban::node {

report::AssignmentState FromProto(duban::reporting::v1::AssignmentState state);
report::TaskState FromProto(duban::task::v1::TaskState state);
report::VersionState FromProto(duban::reporting::v1::ReportState state);

report::Content ToContent(const duban::reporting::v1::ReportContent& content);

// What reports on this mandate are checked against. A time zone that this machine does not know
// counts as UTC.
report::Terms ToTerms(const duban::reporting::v1::Mandate& mandate, const AssignmentName& name);

}  // namespace duban::node
