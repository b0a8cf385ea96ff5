#include "report/csv.h"

#include <fmt/format.h>

#include <initializer_list>

#include "base/text.h"
#include "report/csv_line.h"

namespace siglab {
namespace {

void add_line(std::initializer_list<std::string_view> fields, std::string& out) {
	std::string_view separator = "";
	for (const std::string_view text : fields) {
		out += separator;
		out += csv_field(text);
		separator = ",";
	}
	out += "\r\n";
}

}  // namespace

std::string report_csv(const Record& record) {
	std::string out;
	add_line({"isa", "variant", "function", "caller", "vdso", "world", "signal", "calls", "boundary", "at", "pc", "symbol", "property", "kind",
	          "expected", "observed", "cause", "token"}, out);
	for (const RunRecord& run : record.runs) {
		for (const ViolationRecord& v : run.violations) {
			add_line({run.isa, run.variant, run.function, run.caller, run.vdso, run.world, run.signal, fmt::to_string(run.calls),
			          v.boundary ? fmt::to_string(*v.boundary) : "", fmt::to_string(v.at), hex(v.pc), v.symbol, property_name(v.verdict.property),
			          kind_name(v.verdict.kind), v.expected, v.observed, v.cause ? "true" : "false", v.token}, out);
		}
	}
	return out;
}

}  // namespace siglab
